using System.Collections.Immutable;
using Writ.Linux;
using Writ.Requests;
using Writ.Runs.Recordings;
using Writ.Server.Running;
using Writ.Shell;
using Writ.Shell.Knowledge;

namespace Writ.Server.Agents;

/// <summary>Takes down one run with the moments of it; output and changes of size come from two sides.</summary>
sealed class RunRecorder(int bytesMax, WindowSize? terminal, TimeProvider time)
{
    const int TitleMax = 200;

    // Where nobody had a terminal, as players expect one.
    static readonly WindowSize _usual = new(24, 80);

    readonly Lock _turn = new();
    readonly RecordingBuilder _recording = new(bytesMax, terminal is not null);
    readonly DateTimeOffset _at = time.GetUtcNow();
    readonly long _began = time.GetTimestamp();

    public long OutputBytes => _recording.OutputBytes;

    public long ErrorBytes => _recording.ErrorBytes;

    public int ElapsedMs => (int)time.GetElapsedTime(_began).TotalMilliseconds;

    public void Add(RunChunk chunk)
    {
        lock (_turn)
            _recording.Add(ElapsedMs, chunk.IsError, chunk.Bytes.Span);
    }

    public void Resize(WindowSize size)
    {
        lock (_turn)
            _recording.Resize(ElapsedMs, size.Columns, size.Rows);
    }

    /// <summary>The whole as a file; null when nothing was printed.</summary>
    public byte[]? Finish(RunPlan plan)
    {
        lock (_turn)
        {
            if (_recording.IsEmpty)
                return null;
            var title = VisibleText.Of(VisibleText.Command(plan.Argv));
            var size = terminal ?? _usual;
            return Asciicast.Write(_recording.Finish(
                size.Columns, size.Rows, _at, title[..Math.Min(title.Length, TitleMax)], Secrets(plan)));
        }
    }

    // What the run was given and may not show.
    static ImmutableArray<string> Secrets(RunPlan plan) =>
    [
        .. plan.Environment.Select(e => e.Split('=', 2))
            .Where(e => e.Length == 2 && EnvironmentNames.IsSecret(e[0])).Select(e => e[1]),
        .. (plan.Assistant?.Secrets ?? []).Select(s => s[(s.IndexOf('=', StringComparison.Ordinal) + 1)..]),
    ];
}
