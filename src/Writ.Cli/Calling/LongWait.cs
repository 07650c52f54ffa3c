using System.Globalization;
using Writ.Cli.Screens;
using Writ.Cli.Settings;
using Writ.Wire;

namespace Writ.Cli.Calling;

/// <summary>
/// Waits for a control plane that does something which may take long, and says how far it is.
/// </summary>
static class LongWait
{
    static readonly TimeSpan _patience = TimeSpan.FromHours(1);
    static readonly TimeSpan _between = TimeSpan.FromMilliseconds(400);

    /// <summary>While it judges its ledger again under a bundle.</summary>
    /// <param name="digest">Of the bundle, under which the control plane tells its progress.</param>
    public static T ForVerdicts<T>(ClientSettings settings, string digest, Func<ControlPlane, T> ask) => For(
        settings, plane =>
            plane.Get($"/v1/policies/{digest}/progress", ApiJson.Default.LedgerProgress) is { Of: > 0 } at
                ? $"judging recorded verdicts again: {at.Taken} of {at.Of} entries"
                : null, ask);

    /// <summary>While it writes a run's changes into the work tree, or takes them out.</summary>
    public static T ForTree<T>(ClientSettings settings, RunId run, Func<ControlPlane, T> ask) => For(
        settings, plane =>
            plane.Get($"/v1/runs/{run}/progress", ApiJson.Default.TreeProgress) is { EntriesOf: > 0 } at
                ? string.Create(CultureInfo.InvariantCulture,
                    $"{at.Doing}: {at.Entries} of {at.EntriesOf} entries, {at.Bytes >> 20} of {at.BytesOf >> 20} MiB")
                : null, ask);

    static T For<T>(ClientSettings settings, Func<ControlPlane, string?> look, Func<ControlPlane, T> ask)
    {
        using var plane = new ControlPlane(settings, TimeProvider.System, _patience);
        if (!Screen.ErrorIsTerminal)
            return ask(plane);
        using var done = new ManualResetEventSlim();
        var watcher = new Thread(() => Watch(settings, look, done)) { IsBackground = true };
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

    static void Watch(ClientSettings settings, Func<ControlPlane, string?> look, ManualResetEventSlim done)
    {
        var progress = new Progress("", 0);
        using var plane = new ControlPlane(settings, TimeProvider.System);
        try
        {
            while (!done.Wait(_between))
                if (look(plane) is { } far)
                    progress.SaySlowly(far);
        }
        catch (CliFaultException)
        {
            // Whoever waits for the answer is told what is wrong; how far it was does not matter then.
        }
        progress.Clear();
    }
}
