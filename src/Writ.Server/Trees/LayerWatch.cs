using Writ.Linux;
using Writ.Server.Mediation;
using Writ.Server.Running;

namespace Writ.Server.Trees;

/// <summary>How much of a work tree one run may change.</summary>
public sealed record LayerLimits
{
    /// <summary>On disk, all files together.</summary>
    public long BytesMax { get; init; } = 4L << 30;

    /// <summary>Files, folders, links and removals.</summary>
    public int EntriesMax { get; init; } = 100_000;

    /// <summary>What has to stay free on the disk that holds changes back: the ledger may be on it.</summary>
    public long FreeBytesMin { get; init; } = 256L << 20;

    public TimeSpan LookEvery { get; init; } = TimeSpan.FromMilliseconds(200);
}

/// <summary>
/// Looks from time to time at how much a run has changed, and ends it when that is more than is held back. Between two
/// looks it can exceed the limit by what it writes in that time; the disk is not filled by it.
/// </summary>
sealed class LayerWatch : IAsyncDisposable
{
    const int DepthMax = 256;

    // A look takes at most a fifth of one processor, however much there is to look at.
    const int RestFactor = 4;

    readonly Func<Refusal?> _excess;
    readonly TimeSpan _every;
    readonly TimeProvider _time;
    readonly CancellationTokenSource _over = new();
    readonly Task _watching;

    /// <param name="runFolder">The run's own folder among the held changes.</param>
    public LayerWatch(string runFolder, LayerLimits limits, IMediatedRun run, TimeProvider time)
    {
        var upper = HeldLayer.UpperOf(runFolder);
        (_excess, _every, _time) = (() => Excess(upper, limits), limits.LookEvery, time);
        _watching = Task.Run(() => Watch(run));
    }

    LayerWatch(Func<Refusal?> excess, TimeSpan every, IMediatedRun run, TimeProvider time)
    {
        (_excess, _every, _time) = (excess, every, time);
        _watching = Task.Run(() => Watch(run));
    }

    /// <summary>The same for the home that is kept for an assistant.</summary>
    public static LayerWatch OfHome(string home, LayerLimits limits, IMediatedRun run, TimeProvider time) =>
        new(() => HomeExcess(home, limits), limits.LookEvery, run, time);

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await _watching;
        _over.Dispose();
    }

    /// <summary>Why a run with such a layer has to end, or null.</summary>
    internal static Refusal? Excess(string upper, LayerLimits limits) => Exceeded(upper, limits) switch
    {
        Limit.FreeSpace => new("tree.layer-space",
            $"less than {limits.FreeBytesMin >> 20} MiB are free on the disk that holds changes back"),
        Limit.Entries => new("tree.layer-full", $"it changed more than {limits.EntriesMax} entries of the work tree"),
        Limit.Bytes => new("tree.layer-full", $"it wrote more than {limits.BytesMax} bytes into the work tree"),
        _ => null,
    };

    /// <summary>Why nobody may live in such a home, or null.</summary>
    internal static Refusal? HomeExcess(string home, LayerLimits limits)
    {
        const string code = "assistant.home-full";
        return !Directory.Exists(home) ? null : Exceeded(home, limits) switch
        {
            Limit.FreeSpace => new(code,
                $"less than {limits.FreeBytesMin >> 20} MiB are free on the disk of the home that is kept for it"),
            Limit.Entries => new(code, "the home that is kept for it holds more than "
                + $"{limits.EntriesMax} files; what it keeps is in {home}"),
            Limit.Bytes => new(code, "the home that is kept for it holds more than "
                + $"{limits.BytesMax >> 20} MiB; what it keeps is in {home}"),
            _ => null,
        };
    }

    static Limit? Exceeded(string place, LayerLimits limits)
    {
        if (new DriveInfo(place).AvailableFreeSpace < limits.FreeBytesMin)
            return Limit.FreeSpace;
        using var folder = TreeFolder.Open(place);
        var (entries, bytes) = (0, 0L);
        Count(folder, limits, ref entries, ref bytes, 0);
        return entries > limits.EntriesMax ? Limit.Entries : bytes > limits.BytesMax ? Limit.Bytes : null;
    }

    async Task Watch(IMediatedRun run)
    {
        try
        {
            while (true)
            {
                var began = _time.GetTimestamp();
                if (Look() is { } excess)
                {
                    run.Stop(excess.Code, excess.Why);
                    return;
                }
                var rest = _time.GetElapsedTime(began) * RestFactor;
                await Task.Delay(rest > _every ? rest : _every, _time, _over.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The run is over.
        }
    }

    // What cannot be looked at while it changes is looked at the next time, and at the end in any case.
    Refusal? Look()
    {
        try
        {
            return _excess();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or LinuxFaultException)
        {
            return null;
        }
    }

    static void Count(TreeFolder folder, LayerLimits limits, ref int entries, ref long bytes, int depth)
    {
        foreach (var name in folder.Names())
        {
            if (++entries > limits.EntriesMax || bytes > limits.BytesMax)
                return;
            try
            {
                if (folder.TryFacts(name) is not { } facts)
                    continue;
                bytes += facts.IsRegular ? facts.DiskBytes : 0;
                if (!facts.IsDirectory || depth == DepthMax)
                    continue;
                using var inside = folder.TryEnter(name);
                if (inside is not null)
                    Count(inside, limits, ref entries, ref bytes, depth + 1);
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or LinuxFaultException)
            {
                // One that is closed or going does not hide the others.
                continue;
            }
        }
    }

    enum Limit
    {
        FreeSpace,
        Entries,
        Bytes,
    }
}
