using System.Globalization;
using System.Text;
using Writ.Launcher;
using Writ.Linux;

// writ-launch run DOCUMENT-FD CONTROL-FD KEY-PATH       last stage: verify, restrict this process, become the command
// writ-launch as UID GID PROGRAM ARGV0 [ARGUMENT]...    first stage under a root daemon: give up root, become it
// writ-launch show COUNT (DIRECTORY PLACE)... UID GID PROGRAM ARGV0 [ARGUMENT]...    the same, with directories shown
//     elsewhere
// writ-launch own MAPPING-FD UID GID COUNT (KIND WHAT PLACE)... PROGRAM ARGV0 [ARGUMENT]...    a session's own user
// writ-launch room MAPPING-FD UID GID PLACE (KIND WHAT AT)...    what the session's sandboxes are made of
// writ-launch cover TREE UPPER WORK PROGRAM ARGV0 [ARGUMENT]...    inside a user namespace: hold back what is changed
// writ-launch keep LIFE-FD PROGRAM ARGV0 [ARGUMENT]...    without namespaces: ends all that the program leaves behind
// writ-launch bridge-start, bridge    beside the last stage: the way out, where the run has one
//
// Whatever fails: one line on stderr, exit status 126 (127 when the program does not exist), and nothing was run.
try
{
    return args switch
    {
        ["run", var document, var control, var key] => Launch.Run(Number(document), Number(control), key),
        ["as", var uid, var gid, var program, _, ..] => Launch.RunAs(Number(uid), Number(gid), program, args[4..]),
        ["show", var count, .. var words] when Launch.Shown(words, Number(count)) is { } pairs
            && words[(2 * pairs.Length)..] is [var uid, var gid, var program, _, ..] =>
            Launch.ShowAndRunAs(pairs, Number(uid), Number(gid), program, words[((2 * pairs.Length) + 3)..]),
        ["own", var mapping, var uid, var gid, .. var words] when words.Length > 1 =>
            Quarters.Enter(Number(mapping), Number(uid), Number(gid), words),
        ["room", var mapping, var uid, var gid, var place, .. var words] =>
            Room.Stand(Number(mapping), Number(uid), Number(gid), place, words),
        ["cover", var tree, var upper, var work, var program, _, ..] =>
            Launch.Cover(tree, upper, work, program, args[5..]),
        ["keep", var life, var program, _, ..] => Keeper.Run(Number(life), program, args[3..]),
        ["bridge-start"] => Bridge.StartBridge(),
        ["bridge"] => Bridge.Run(),
        _ => Fail("usage", "run DOCUMENT-FD CONTROL-FD KEY-PATH | as UID GID PROGRAM ARGV0 [ARGUMENT]... | show ... | "
            + "cover ..."),
    };
}
catch (LinuxFaultException fault)
{
    return Fail("launch.kernel", $"{fault.Operation} failed with errno {fault.Errno}");
}
// The edge of the process: a bug here must end as 126 like every other failure, not as an abort of the runtime.
catch (Exception bug)
{
    return Fail("launch.bug", bug.GetType().Name);
}

static int Number(string text) =>
    int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);

static int Fail(string code, string why)
{
    Launch.Report(code, why);
    return Launch.Refused;
}
