using System.Globalization;
using System.Text;
using Writ.Holds;
using Writ.Realms;
using Writ.Runs;
using Writ.Server.Holding;
using Writ.Server.Sequencer;
using Writ.Sessions;

namespace Writ.Server.Mediation;

/// <summary>
/// Decides the programs of one run by the realm's policies as they are at that moment, and remembers for a few seconds
/// what it decided about the same program in the same circumstances.
/// </summary>
/// <param name="ownScratch">The run's scratch space is its own.</param>
sealed class RunExecutionDesk(
    RealmActor realm, RunBounds bounds, RunId run, TimeSpan wallTimeMax, bool ownScratch, IHoldingDesk holding,
    ExecutionRecorder recorder, TimeProvider time)
    : IExecutionDesk
{
    const int RememberedMax = 1_024;
    const int KeyMax = 4_096;

    // Policies may ask for the time, in minutes.
    static readonly TimeSpan _remembered = TimeSpan.FromSeconds(5);

    readonly Dictionary<string, (ExecutionVerdict Verdict, long At)> _verdicts = new(StringComparer.Ordinal);
    Circumstances? _circumstances;
    DateTimeOffset _until;
    int _reading;

    public ExecutionVerdict Decide(ExecutionQuestion asked)
    {
        var request = bounds.Request;
        if (asked.Number == 0)
            // The clock of the run starts with its command, and does not stand still with it.
            _until = time.GetUtcNow() + wallTimeMax;
        if (asked.Number == 0)
            return asked.Path == request.Executable && asked.Argv.AsSpan().SequenceEqual(request.Argv.AsSpan())
                ? ExecutionVerdict.OfRequest
                : new ExecutionVerdict(false, "exec.blocked", null, "This is not what the writ orders.");
        var state = realm.State;
        ForgetWhatWasOtherwise(state);
        var key = KeyOf(asked);
        if (key is not null && _verdicts.TryGetValue(key, out var known)
            && time.GetElapsedTime(known.At) < _remembered)
            return known.Verdict;
        var verdict = ExecutionJudge.Decide(state, bounds, asked.Program, ownScratch, time.GetUtcNow());
        if (key is null)
            return verdict;
        if (_verdicts.Count >= RememberedMax)
            _verdicts.Clear();
        _verdicts[key] = (verdict, time.GetTimestamp());
        return verdict;
    }

    public bool MayHold => holding.Holds(bounds.Request.Id);

    public Task<HoldAnswer>? TryHold(HeldExecution held, Action<HeldNotice> waits, CancellationToken gone)
    {
        if (!MayHold)
            return null;
        if (HoldRules.MayNot(realm.State, run, bounds.Request.Id) is { } mayNot)
            return Task.FromResult<HoldAnswer>(new HoldAnswer.Refused(null, mayNot.Code, mayNot.Why));
        // What is read does not stand in the inbox yet, and has to be counted as well.
        if (Interlocked.Increment(ref _reading) > HoldBounds.CountMax)
        {
            Interlocked.Decrement(ref _reading);
            return Task.FromResult<HoldAnswer>(new HoldAnswer.Refused(
                null, "hold.too-many", "As much of this run as may wait is on its way already."));
        }
        var until = _until;
        return Task.Run(() => Hold(held, until, waits, gone), CancellationToken.None);
    }

    async Task<HoldAnswer> Hold(
        HeldExecution held, DateTimeOffset until, Action<HeldNotice> waits, CancellationToken gone)
    {
        string? digest;
        try
        {
            digest = held.FileDigest(gone);
        }
        finally
        {
            Interlocked.Decrement(ref _reading);
        }
        if (digest is null)
            return new HoldAnswer.Refused(
                null, "exec.changed", "Its file was changed, cannot be read, or is too large to be shown.");
        var action = new HeldAction.Exec(
            held.Program, digest, ActionDigests.Hex(Sha256.HashOf(held.CommandLine)), ownScratch,
            HeldVariable.Differing(held.Environment, bounds.Request.Environment));
        return await holding.HoldAsync(run, bounds.Request.Id, action, until, waits, gone);
    }

    public void Record(ExecutionRecord record) => recorder.Add(record);

    // A verdict holds as long as everything of the realm that it was made of is the same, not only alike.
    void ForgetWhatWasOtherwise(RealmState state)
    {
        var now = new Circumstances(
            state.OpenSession(bounds.Request.Session), state.Registry, state.Stops,
            Provenance.Of(state, bounds.Request.Session));
        if (_circumstances is { } before && before.IsSameAs(now))
            return;
        _circumstances = now;
        _verdicts.Clear();
    }

    /// <summary>
    /// What a verdict depends on besides the realm and the time: null when that is too long to be worth remembering.
    /// No part can contain the NUL that ends each.
    /// </summary>
    static string? KeyOf(ExecutionQuestion asked)
    {
        var (program, identity) = (asked.Program, asked.Identity);
        var key = new StringBuilder(512);
        key.Append(CultureInfo.InvariantCulture, $"{identity.Device} {identity.Inode} {identity.Size} ");
        key.Append(CultureInfo.InvariantCulture, $"{identity.ModifiedSeconds} {identity.ModifiedNanoseconds} ");
        key.Append(CultureInfo.InvariantCulture, $"{identity.ChangedSeconds} {identity.ChangedNanoseconds}\0");
        Append(program.Name, program.Executable, program.Origin.ToString(), program.Cwd);
        Append(program.Script?.Path ?? "", program.Script?.Digest ?? "", program.Script?.Origin.ToString() ?? "");
        foreach (var list in (ReadOnlySpan<System.Collections.Immutable.ImmutableArray<string>>)
            [program.Via, program.Loaders, program.Argv])
        {
            key.Append(CultureInfo.InvariantCulture, $"{list.Length}\0");
            foreach (var text in list)
                if (key.Length <= KeyMax)
                    Append(text);
        }
        return key.Length > KeyMax ? null : key.ToString();

        void Append(params ReadOnlySpan<string> texts)
        {
            foreach (var text in texts)
                key.Append(text).Append('\0');
        }
    }

    // The state is never changed in place: what has changed is another object.
    readonly record struct Circumstances(object? Session, object Registry, object Stops, ContentOrigins Content)
    {
        public bool IsSameAs(Circumstances other) =>
            ReferenceEquals(Session, other.Session) && ReferenceEquals(Registry, other.Registry)
            && ReferenceEquals(Stops, other.Stops) && Content == other.Content;
    }
}
