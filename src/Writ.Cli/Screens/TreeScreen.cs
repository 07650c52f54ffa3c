using System.Globalization;
using Writ.Cli.Commands;
using Writ.Shell;
using Writ.Trees;
using Writ.Wire;

namespace Writ.Cli.Screens;

/// <summary>What a run changed, as a person reads it: nothing of it reaches the terminal as it is.</summary>
static class TreeScreen
{
    public static Page Of(TreeView view, DateTimeOffset now)
    {
        var summary = view.Summary;
        var page = new Page().Heading($"Changes of run {view.Run} ({Word(view.State)})");
        page.Field("work tree", view.WorkTree);
        page.Field("request", view.Request.Value);
        page.Field("until", $"{view.Until.UtcDateTime.ToString("u", CultureInfo.InvariantCulture)} "
            + $"({Moments.Left(view.Until, now)})");
        page.Field("entries", string.Create(CultureInfo.InvariantCulture,
            $"{summary.Added} added, {summary.Modified} modified, {summary.Deleted} deleted, "
            + $"{summary.Refused} refused; {Size(summary.Bytes)}"));
        page.Field("list", summary.List);
        page.Field("by", view.By?.Value);
        foreach (var path in view.Committed)
            page.Field("committed", path);
        if (summary.Problem is { } problem)
            page.Bad($"None of it can be committed: {problem}.");
        if (summary.Later > 0)
            page.Warning($"{summary.Later} of them execute later, outside of any sandbox.");
        if (view.MayNot is { } mayNot)
            page.Warning($"Not for you: {mayNot.Why}");
        page.Blank();
        foreach (var listed in view.Changes)
            Add(page, listed);
        if (view.Omitted > 0)
            page.Warning($"{view.Omitted} more are not shown; name paths to see them.");
        Actions(page, view);
        return page;
    }

    /// <summary>What runs changed and is kept, then the changes of the realm.</summary>
    public static Page List(ChangesAnswer answer, DateTimeOffset now)
    {
        var page = new Page();
        if (!answer.Runs.IsEmpty)
            page.Heading("What runs changed in work trees");
        foreach (var held in answer.Runs)
        {
            page.Text($"{held.Run}  {Word(held.State)} for {Moments.Age(held.Since, now)}, until "
                + $"{Moments.Text(held.Until)} ({Moments.Left(held.Until, now)})");
            page.Field("changes", string.Create(CultureInfo.InvariantCulture,
                $"{held.Added} added, {held.Modified} modified, {held.Deleted} deleted, {held.Refused} refused; ")
                + Size(held.Bytes) + (held.Later > 0 ? $"; {held.Later} execute later" : ""));
            page.Field("work tree", held.WorkTree);
            page.Field("decides", string.Join(", ", held.Deciders) + (held.MayNot is null ? " (you may)" : ""));
            if (held.Problem is { } problem)
                page.Warning($"  can only be discarded: {problem}");
        }
        if (answer.Realm.IsEmpty)
            return page;
        if (!answer.Runs.IsEmpty)
            page.Blank();
        return page.Heading("Changes of the realm").Table([.. answer.Realm.Select(c => new[]
        {
            c.Id.Value, c.State, c.Author?.Value ?? "", c.Reason ?? "",
        })]);
    }

    static void Actions(Page page, TreeView view)
    {
        page.Blank();
        if (view is { State: "held" or "partly", Summary.Problem: null, MayNot: null })
            page.Text($"Make them real with: writ commit {view.Run} [PATH]..."
                + (view.Summary.Later > 0 ? " --executes-later" : ""));
        if (view.State is "held" or "partly")
            page.Text($"Drop them with:      writ discard {view.Run}");
        if (view.State is "committed" or "partly")
            page.Text($"Take them back with: writ undo {view.Run}");
    }

    static string Word(string state) => state switch
    {
        "partly" => "partly committed, the rest is held",
        "committed" => "committed, can be undone",
        _ => state,
    };

    static void Add(Page page, ListedChange listed)
    {
        var change = listed.Change;
        var line = $"{Word(change)} {change.Path}{About(change)}"
            + (listed.Committed is true ? "  [committed]" : "");
        if (change.Kind == ChangeKind.Refused)
            page.Bad($"{line}: {change.Why}");
        else if (change.ExecutesLater)
            page.Warning($"{line}  [executes later{(change.Later is { } why ? ": " + why : "")}]");
        else
            page.Text(line);
        foreach (var text in (listed.Diff ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(2))
            page.Difference(text[0], VisibleText.Of(text[1..]));
        if (listed.Note is { } note)
            page.Warning($"         {note}");
        if (listed.Cut)
            page.Warning("... the rest of the lines is not shown");
    }

    static string Word(TreeChange change) => change.Kind switch
    {
        ChangeKind.Added => "added   ",
        ChangeKind.Deleted => "deleted ",
        ChangeKind.Modified when change.IsModeOnly => "mode    ",
        ChangeKind.Modified => "modified",
        _ => "refused ",
    };

    static string About(TreeChange change)
    {
        var modes = change is { Before: { } before, After: { } after } && before.Mode != after.Mode
            ? $" mode {Mode(before)} -> {Mode(after)}"
            : "";
        return (change.After ?? change.Before) switch
        {
            { Kind: EntryKind.Directory } => $"/{modes}",
            { Kind: EntryKind.Link, Target: var target } => $" -> {target}",
            { Kind: EntryKind.File } file => change is { Before.Kind: EntryKind.File, After: not null }
                ? $" ({Size(change.Before.Size)} -> {Size(file.Size)}){modes}"
                : $" ({Size(file.Size)}, mode {Mode(file)})",
            _ => "",
        };
    }

    static string Mode(TreeEntry entry) => Convert.ToString(entry.Mode, 8).PadLeft(4, '0');

    static string Size(long bytes) => bytes.ToString("N0", CultureInfo.InvariantCulture) + " bytes";
}
