namespace Writ.Runs;

/// <summary>The stable code of each way a run can end: what closes its request.</summary>
public static class RunEnds
{
    public static string Code(RunEnd end) => end switch
    {
        RunEnd.Exited => "run.exited",
        RunEnd.Signalled => "run.signalled",
        RunEnd.TimedOut => "run.timed-out",
        RunEnd.OutputLimit => "run.output-limit",
        RunEnd.Killed => "run.killed",
        RunEnd.NotStarted => "run.not-started",
        _ => "run.lost",
    };
}
