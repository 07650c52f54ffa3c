using System.Collections.Immutable;

namespace Writ.Runs.Recordings;

/// <summary>What a piece of a recording is.</summary>
public enum RecordedKind
{
    /// <summary>Text that was printed.</summary>
    Output,

    /// <summary>The terminal has another size; the text is <c>COLUMNSxROWS</c>.</summary>
    Resize,

    /// <summary>A remark of Writ's own.</summary>
    Mark,
}

/// <summary>One moment of a recording.</summary>
/// <param name="AtMs">Milliseconds since the run began; never before the piece in front.</param>
public readonly record struct RecordedPiece(long AtMs, RecordedKind Kind, string Text);

/// <summary>
/// What a run printed and when, standard output and standard error as a reader of both would have seen them. What was
/// typed is not in it, and secrets that were recognised are not.
/// </summary>
/// <param name="Columns">Of the terminal, or of one that would do.</param>
/// <param name="Title">The command, with everything visible that hides.</param>
public sealed record Recording(
    int Columns, int Rows, DateTimeOffset At, string Title, ImmutableArray<RecordedPiece> Pieces)
{
    /// <summary>The mark where the rest was not kept.</summary>
    public const string Truncated = "truncated";

    public bool IsTruncated => Pieces.Any(p => p is { Kind: RecordedKind.Mark, Text: Truncated });

    /// <summary>All that was printed, without the moments.</summary>
    public string AllText() => string.Concat(Pieces.Where(p => p.Kind == RecordedKind.Output).Select(p => p.Text));
}
