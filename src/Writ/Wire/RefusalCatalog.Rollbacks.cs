namespace Writ.Wire;

public static partial class RefusalCatalog
{
    // Taking a run back by its workflow's own command.
    static ImmutableArray<RefusalEntry> RollingBack => Parse("""
        rollback.unknown | No run is known that a rollback could take back | 404 | 1 | Only runs of workflows with a rollback command, of the last 30 days, can be.
        rollback.other-workflow | The run was of another workflow | 403 | 5 | Use a session of the run's own workflow.
        rollback.other-place | The run was in another environment or on other targets | 403 | 5 | Use a session of the run's own environment and targets.
        rollback.none | The workflow names no rollback command | 404 | 1 | Its owner declares one: rollbackCommand
        rollback.not-fillable | The run lacks a value that the command asks for | 409 | 1 | Mend by hand; its owner changes the command.
        rollback.going-on | The run still goes on | 409 | 1 | Wait for its end, or end it: writ kill
        rollback.done | The run has been rolled back | 409 | 1 | Nothing to do; ask for the command by itself to run it again.
        rollback.under-way | Another request rolls the run back | 409 | 1 | Wait for it.
        rollback.not-the-command | A rollback is the workflow's own command | 403 | 5 | Ask for anything else by itself: writ run -- CMD
        """);
}
