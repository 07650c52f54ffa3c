using System.Collections.Immutable;
using System.Text;
using Writ.Cli.Arguments;

namespace Writ.Cli.Commands;

/// <summary>Completion scripts, written out from the command table; nothing calls back into the client.</summary>
static class Completion
{
    public static string Bash(ImmutableArray<CommandRule> rules)
    {
        var script = new StringBuilder("# bash completion for writ\n_writ() {\n");
        script.Append("  local cur=${COMP_WORDS[COMP_CWORD]} words=\"\"\n");
        script.Append("  local one=${COMP_WORDS[1]:-} two=${COMP_WORDS[2]:-}\n");
        script.Append("  if [ \"$COMP_CWORD\" -eq 1 ]; then words=\"")
            .Append(string.Join(' ', FirstWords(rules))).Append("\"\n");
        script.Append("  else case \"$one $two\" in\n");
        foreach (var rule in rules.OrderByDescending(IsPair))
            script.Append("    \"").Append(rule.Name).Append(IsPair(rule) ? "\"" : " \"*").Append(") words=\"")
                .Append(string.Join(' ', rule.AllOptions.Select(o => o.Name))).Append("\" ;;\n");
        foreach (var group in Groups(rules))
            script.Append("    \"").Append(group.Key).Append(" \"*) words=\"")
                .Append(string.Join(' ', group)).Append("\" ;;\n");
        script.Append("  esac; fi\n  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n}\n");
        return script.Append("complete -o default -F _writ writ\n").ToString();
    }

    public static string Zsh(ImmutableArray<CommandRule> rules)
    {
        var script = new StringBuilder("#compdef writ\n_writ() {\n  local -a words_of\n");
        script.Append("  if (( CURRENT == 2 )); then\n    words_of=(\n");
        foreach (var (word, summary) in Described(rules))
            script.Append("      '").Append(word).Append(':').Append(Plain(summary)).Append("'\n");
        script.Append("    )\n    _describe command words_of\n    return\n  fi\n  case \"$words[2] $words[3]\" in\n");
        foreach (var rule in rules.OrderByDescending(IsPair))
            script.Append("    '").Append(rule.Name).Append(IsPair(rule) ? "'" : " '*").Append(") words_of=(")
                .Append(string.Join(' ', rule.AllOptions.Select(o => o.Name))).Append(") ;;\n");
        foreach (var group in Groups(rules))
            script.Append("    '").Append(group.Key).Append(" '*) words_of=(")
                .Append(string.Join(' ', group)).Append(") ;;\n");
        return script.Append("  esac\n  compadd -a words_of\n  _files\n}\n_writ \"$@\"\n").ToString();
    }

    public static string Fish(ImmutableArray<CommandRule> rules)
    {
        var script = new StringBuilder("# fish completion for writ\ncomplete -c writ -f\n");
        foreach (var (word, summary) in Described(rules))
            script.Append("complete -c writ -n __fish_use_subcommand -a ").Append(word).Append(" -d '")
                .Append(Plain(summary)).Append("'\n");
        foreach (var group in Groups(rules))
            script.Append("complete -c writ -n '__fish_seen_subcommand_from ").Append(group.Key).Append("' -a '")
                .Append(string.Join(' ', group)).Append("'\n");
        foreach (var rule in rules)
            foreach (var option in rule.AllOptions)
                script.Append("complete -c writ -n '__fish_seen_subcommand_from ")
                    .Append(rule.Name.Split(' ')[^1]).Append("' -l ").Append(option.Name[2..])
                    .Append(option.Value is null ? "" : " -r").Append(" -d '")
                    .Append(Plain(option.Help)).Append("'\n");
        return script.ToString();
    }

    static bool IsPair(CommandRule rule) => rule.Name.Contains(' ', StringComparison.Ordinal);

    // Inside single quotes of every shell.
    static string Plain(string text) => text.Replace("'", "", StringComparison.Ordinal);

    static IEnumerable<string> FirstWords(ImmutableArray<CommandRule> rules) => Described(rules).Select(d => d.Word);

    static IEnumerable<(string Word, string Summary)> Described(ImmutableArray<CommandRule> rules) =>
        rules.Select(r => (Word: r.Name.Split(' ')[0], r.Summary))
            .Concat(CommandTable.Dispatched.Select(d => (Word: d.Name, d.Summary))).DistinctBy(d => d.Word);

    static IEnumerable<IGrouping<string, string>> Groups(ImmutableArray<CommandRule> rules) =>
        rules.Where(IsPair)
            .GroupBy(r => r.Name.Split(' ')[0], r => r.Name.Split(' ')[1]);
}
