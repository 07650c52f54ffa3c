using Writ.Cli.Arguments;
using Writ.Cli.Screens;

namespace Writ.Cli.Commands;

/// <summary>How commands are used, from the same table that parses them.</summary>
static class Help
{
    public static Page Of(CommandRule rule)
    {
        var operand = rule.Operand is not { } o ? "" : o.Required ? $" {o.Name}" : $" [{o.Name}]";
        var page = new Page().Text($"writ {rule.Name}: {rule.Summary}").Blank();
        // Behind -- everything is somebody else's.
        page.Text(rule.Operand is { } last && last.Name.StartsWith("-- ", StringComparison.Ordinal)
            ? $"usage: writ {rule.Name} [OPTION]...{operand}"
            : $"usage: writ {rule.Name}{operand} [OPTION]...").Blank();
        page.Table([.. rule.AllOptions.Select(Row)]).Blank().Text("For example:");
        foreach (var example in rule.Examples)
            page.Text($"  {example}");
        return page;
    }

    /// <summary>Everything, or the commands that begin with one word.</summary>
    public static Page OfAll(string? group = null)
    {
        var rules = CommandTable.All
            .Where(r => group is null || r.Name.StartsWith(group + " ", StringComparison.Ordinal));
        var rows = rules.Select(r => new[] { $"  {r.Name}", r.Summary });
        if (group is null)
            rows = rows.Concat(CommandTable.Dispatched.Select(d => new[] { $"  {d.Name}", d.Summary }));
        var page = new Page().Text($"usage: writ {group ?? "COMMAND"} ...").Blank().Table([.. rows]).Blank();
        page.Text("Each says more with --help. Exit status: 0 ok, 1 error, 2 usage, 3 blocked, 4 approval pending,");
        return page.Text("5 refused or expired, 6 control plane unreachable; under writ run the command's own.");
    }

    static string[] Row(OptionRule option) =>
    [
        $"  {(option.Short is { } brief ? brief + ", " : "")}{option.Name}"
            + (option.Value is { } value ? " " + value : ""),
        option.Help + (option.Repeats ? " (may be repeated)" : ""),
    ];
}
