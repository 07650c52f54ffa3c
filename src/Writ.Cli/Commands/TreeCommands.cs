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

    /// <summary>With a run the changes it made; without one every run's that are kept, and those of the realm.
    /// </summary>
    public static int Changes(Typed typed) => typed.Operand is null ? List(typed) : Show(typed);

    public static int Discard(Typed typed)
    {
        using var plane = new ControlPlane(new ClientSettings(typed), TimeProvider.System);
        var run = typed.Id<RunId>();
        var list = typed.Value("--digest") ?? Get(typed, plane, []).Summary.List;
        plane.Post(
            $"/v1/runs/{run}/discard", new TreeDiscardRequest(list), ApiJson.Default.TreeDiscardRequest);
        return IdentityCommands.Report(
            typed, new Done("discarded", run.Value), $"What run {run} changed is discarded.");
    }

    public static int Commit(Typed typed)
    {
        var settings = new ClientSettings(typed);
        using var plane = new ControlPlane(settings, TimeProvider.System);
        var (run, paths) = (typed.Id<RunId>(), Paths(typed));
        var later = typed.Has("--executes-later");
        var view = Looked(typed, settings, plane, paths, "commit");
        var document = Document(settings, view, TreeDocument.Commit, paths, later);
        var signature = Sign(settings, document);
        var answer = LongWait.ForTree(settings, run, waiting => waiting.Post($"/v1/runs/{run}/commit",
            new TreeCommitRequest(document.List, paths, later, document.ExpiresAt, signature),
            ApiJson.Default.TreeCommitRequest, ApiJson.Default.TreeAnswer));
        return Report(typed, answer, $"{answer.Count} changes of {run} are in the work tree; undo them with: "
            + $"writ undo {run}" + (answer.Left is { } left
                ? $"\n{left} more are still held; commit them with: writ commit {run}"
                    + $"\n                     or drop them with: writ discard {run}"
                : ""));
    }

    public static int Undo(Typed typed)
    {
        var settings = new ClientSettings(typed);
        using var plane = new ControlPlane(settings, TimeProvider.System);
        var run = typed.Id<RunId>();
        var view = Looked(typed, settings, plane, [], "undo");
        var document = Document(settings, view, TreeDocument.Undo, [], executesLater: false);
        var signature = Sign(settings, document);
        var answer = LongWait.ForTree(settings, run, waiting => waiting.Post($"/v1/runs/{run}/undo",
            new TreeUndoRequest(document.List, document.ExpiresAt, signature),
            ApiJson.Default.TreeUndoRequest, ApiJson.Default.TreeAnswer));
        return Report(typed, answer, $"{answer.Count} changes of {run} are out of the work tree again."
            + (view.State == "partly" ? "\nThey are held again, with what was not committed." : ""));
    }

    static TreeView Looked(
        Typed typed, ClientSettings settings, ControlPlane plane, ImmutableArray<string> paths, string word)
    {
        var view = Get(typed, plane, paths);
        if (view.Run != typed.Id<RunId>() || view.Realm != settings.Realm
            || !ApprovalCommands.IsDigest(view.Summary.List))
            throw CliFaultException.Error("cli.digest-mismatch",
                "the control plane answered with other changes than were asked for, so nothing was signed");
        ApprovalCommands.RequireNamed(typed, view.Summary.List, approves: true, "writ changes RUN --json");
        Screen.Show(TreeScreen.Of(view, TimeProvider.System.GetUtcNow()), asMessage: true);
        if (settings.PassphraseFile is not null && Screen.IsInteractive && !Screen.Agrees($"{word} {view.Run}?"))
            throw CliFaultException.Error("cli.cancelled", "nothing was signed");
        return view;
    }

    static TreeDocument Document(
        ClientSettings settings, TreeView view, string act, ImmutableArray<string> paths, bool executesLater) => new(
            settings.Realm, view.Run, act, view.Summary.List, paths, executesLater, settings.Person,
            Moments.Whole(TimeProvider.System.GetUtcNow() + _signatureLife));

    static string Sign(ClientSettings settings, TreeDocument document)
    {
        using var key = DeviceKeyFile.Open(
            settings.KeyPath(document.Person),
            Passphrase.Get(settings, $"of {document.Person} to {document.Act} {document.Run}"));
        return key.Sign(document.Render());
    }

    static int Report(Typed typed, TreeAnswer answer, string sentence)
    {
        if (typed.Json)
            Screen.PrintJson(answer, ApiJson.Default.TreeAnswer);
        else
            Screen.Say(sentence);
        return Exits.Ok;
    }

    static int List(Typed typed)
    {
        using var plane = new ControlPlane(new ClientSettings(typed), TimeProvider.System);
        var answer = new ChangesAnswer(
            plane.Get("/v1/held", ApiJson.Default.ImmutableArrayHeldView),
            plane.Get("/v1/changes", ApiJson.Default.ImmutableArrayChangeView));
        if (typed.Json)
            Screen.PrintJson(answer, CliJson.Default.ChangesAnswer);
        else if (answer.Runs.IsEmpty && answer.Realm.IsEmpty)
            Screen.Say("There are no changes.");
        else
            Screen.Show(TreeScreen.List(answer, TimeProvider.System.GetUtcNow()), asMessage: false);
        return Exits.Ok;
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
        ImmutableArray<string> paths =
            [.. typed.Operands.Skip(1).Select(p => p.TrimEnd('/')).Order(StringComparer.Ordinal)];
        foreach (var path in paths)
            if (!TreeSelection.IsPath(path))
                throw typed.Misused($"'{Shell.VisibleText.Of(path)}' is not a path below the work tree");
        return paths;
    }
}
