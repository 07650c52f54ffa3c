using Writ.Wire;

namespace Writ.Cli;

/// <summary>Why a command ends here: one sentence for the person, a stable code, and the exit status.</summary>
sealed class CliFaultException : Exception
{
    public CliFaultException(int exit, string code, string message, Exception? cause = null)
        : base(message, cause) => (Exit, Code) = (exit, code);

    public int Exit { get; }

    public string Code { get; }

    /// <summary>The control plane's own words, when it was it that refused.</summary>
    public Problem? Problem { get; private init; }

    public static CliFaultException Usage(string message) => new(Exits.Usage, "cli.usage", message);

    public static CliFaultException Error(string code, string message) => new(Exits.Error, code, message);

    public static CliFaultException Unreachable(string message, Exception? cause = null) =>
        new(Exits.Unreachable, "control-plane.unreachable", message, cause);

    /// <summary>What may be read of a refusal was made visible by whoever prints it.</summary>
    public static CliFaultException Refused(Problem problem) => new(
        Exits.For(problem), problem.Code,
        problem.Next is { Length: > 0 } next ? $"{problem.Detail} {next}" : problem.Detail)
    {
        Problem = problem,
    };
}
