using Writ.Cli.Screens;
using Writ.Cli.Settings;
using Writ.Wire;

namespace Writ.Cli.Calling;

/// <summary>
/// Waits for a control plane that judges its ledger again under a bundle, which takes as long as the ledger is, and
/// says how far it is.
/// </summary>
static class JudgingAgain
{
    static readonly TimeSpan _patience = TimeSpan.FromHours(1);
    static readonly TimeSpan _between = TimeSpan.FromMilliseconds(400);

    /// <param name="digest">Of the bundle, under which the control plane tells its progress.</param>
    public static T Wait<T>(ClientSettings settings, string digest, Func<ControlPlane, T> ask)
    {
        using var plane = new ControlPlane(settings, TimeProvider.System, _patience);
        if (!Screen.ErrorIsTerminal)
            return ask(plane);
        using var done = new ManualResetEventSlim();
        var watcher = new Thread(() => Watch(settings, digest, done)) { IsBackground = true };
        watcher.Start();
        try
        {
            return ask(plane);
        }
        finally
        {
            done.Set();
            watcher.Join();
        }
    }

    static void Watch(ClientSettings settings, string digest, ManualResetEventSlim done)
    {
        var progress = new Progress("judging recorded verdicts again: entries", 0);
        using var plane = new ControlPlane(settings, TimeProvider.System);
        try
        {
            while (!done.Wait(_between))
                if (plane.Get($"/v1/policies/{digest}/progress", ApiJson.Default.LedgerProgress) is { Of: > 0 } at)
                    progress.ReachedSlowly(at.Taken, at.Of);
        }
        catch (CliFaultException)
        {
            // Whoever waits for the answer is told what is wrong; how far it was does not matter then.
        }
        progress.Clear();
    }
}
