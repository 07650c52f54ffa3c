using System.Collections.Immutable;
using Writ.Cli.Arguments;
using Writ.Cli.Calling;
using Writ.Cli.Keys;
using Writ.Cli.Screens;
using Writ.Cli.Settings;
using Writ.Trees;
using Writ.Wire;

namespace Writ.Cli.Commands;

/// <summary>
/// What runs changed and is held back. What is signed is made here, over the list that was shown, never by the server.
/// </summary>
static class TreeCommands
{
    static readonly TimeSpan _signatureLife = TimeSpan.FromMinutes(30);

    /// <summary>With a run the changes it made; without one those of the realm.</summary>
    public static int Changes(Typed typed) => typed.Operand is null ? ChangeCommands.List(typed) : Show(typed);

    public static int Discard(Typed typed)
    {
        using var plane = new ControlPlane(new ClientSettings(typed), TimeProvider.System);
        var run = typed.Id<RunId>();
        plane.Post($"/v1/runs/{run}/discard", new TreeAnswer(run, 0), ApiJson.Default.TreeAnswer);
        return IdentityCommands.Report(
            typed, new Done("discarded", run.Value), $"What run {run} changed is discarded.");
    }

    static int Show(Typed typed)
    {
        using var plane = new ControlPlane(new ClientSettings(typed), TimeProvider.System);
        var view = Get(typed, plane, Paths(typed));
        if (typed.Json)
            Screen.PrintJson(view, ApiJson.Default.TreeView);
        else
            Screen.Show(TreeScreen.Of(view, TimeProvider.System.GetUtcNow()), asMessage: false);
        return Exits.Ok;
    }

    static TreeView Get(Typed typed, ControlPlane plane, ImmutableArray<string> paths)
    {
        var query = string.Join('&', paths.Select(p => "path=" + Uri.EscapeDataString(p)));
        return plane.Get(
            $"/v1/runs/{typed.Id<RunId>()}/changes{(query.Length > 0 ? "?" : "")}{query}", ApiJson.Default.TreeView);
    }

    // As they are listed: below the work tree, folders without a slash behind them.
    static ImmutableArray<string> Paths(Typed typed)
    {
        ImmutableArray<string> paths = [.. typed.Operands.Skip(1).Select(p => p.TrimEnd('/')).Order(StringComparer.Ordinal)];
        foreach (var path in paths)
            if (!TreeSelection.IsPath(path))
                throw typed.Misused($"'{Shell.VisibleText.Of(path)}' is not a path below the work tree");
        return paths;
    }
}
