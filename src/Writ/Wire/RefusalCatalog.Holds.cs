namespace Writ.Wire;

public static partial class RefusalCatalog
{
    // What stands still inside a run until people have decided.
    static ImmutableArray<RefusalEntry> Holds => Parse("""
        exec.approved | The people who were asked agreed to exactly this program | 200 | 0 | Nothing to do.
        exec.changed | The program is not what people agreed to any more, so it did not start | 409 | 5 | Ask again; see who changes it meanwhile.
        hold.let-go | It went on inside its run | 200 | 0 | Nothing to do.
        hold.off | The workflow lets nothing wait inside a run | 403 | 1 | Ask for it by itself: writ run -- CMD
        hold.too-many | As many things of the run wait as may | 429 | 1 | Decide some of them first: writ inbox
        hold.too-often | The run has asked as often as it may | 429 | 1 | Ask for it by itself: writ run -- CMD
        hold.too-late | The run ends before anybody could decide | 409 | 1 | Ask for it by itself: writ run -- CMD
        hold.malformed | What is held does not follow from its run | 400 | 1 | Report it.
        hold.in-run | It waits inside a run and goes on there | 409 | 1 | Approve it; nothing else is to be done.
        hold.not-ready | It is nothing that may go on | 409 | 1 | Report it.
        hold.not-waiting | It is nothing that waits inside a run | 409 | 1 | Report it.
        hold.withdrawn | Whoever wanted it is gone | 409 | 5 | Nothing to do.
        hold.run-over | Its run is over | 409 | 5 | Run the command again.
        """);
}
