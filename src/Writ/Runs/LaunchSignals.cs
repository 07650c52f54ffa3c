namespace Writ.Runs;

/// <summary>The words between launcher and runner on the control socket; each is one message.</summary>
public static class LaunchSignals
{
    /// <summary>
    /// Launcher: verified and restricted; the next step is execve. The message carries the listener at which that and
    /// every later execve of the run is answered, when the document says so.
    /// </summary>
    public const string Ready = "ready";

    /// <summary>Runner: watching; go on. Any other answer, or none, ends in a refusal.</summary>
    public const string Go = "go";

    /// <summary>Launcher: the command was not run; the refusal's code follows.</summary>
    public const string NotRunPrefix = "not-run ";

    public const int BytesMax = 128;
}
