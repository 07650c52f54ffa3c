namespace Writ.Shell.Syntax;

/// <summary>How the shell that will run the line was started. The default is <c>bash -c LINE</c>.</summary>
public sealed record ParseOptions
{
    /// <summary>Extended globs are on from the start (<c>-O extglob</c>). A line that turns them on with
    /// <c>shopt -s extglob</c> is followed without this.</summary>
    public bool ExtendedGlob { get; init; }

    public static ParseOptions Default { get; } = new();
}
