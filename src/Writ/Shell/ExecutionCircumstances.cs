namespace Writ.Shell;

/// <summary>
/// How a program comes to be started, as policy is asked with it: <c>context.command</c>'s <c>origin</c>, <c>via</c>
/// and <c>loaders</c>.
/// </summary>
/// <param name="Origin">Where its file lies: <c>system</c>, <c>worktree</c>, <c>scratch</c>, <c>memory</c>,
/// <c>deleted</c>, <c>loader</c>, <c>other</c>; empty when that is not known.</param>
/// <param name="Via">The programs of the run that led to it, the nearest first; empty for a request itself.</param>
/// <param name="Loaders">Variables of its environment that make the loader load something else.</param>
public sealed record ExecutionCircumstances(
    string Origin, ImmutableArray<string> Via, ImmutableArray<string> Loaders)
{
    public static ExecutionCircumstances None { get; } = new("", [], []);
}
