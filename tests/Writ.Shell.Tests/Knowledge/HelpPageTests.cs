using System.Diagnostics;
using System.Text.RegularExpressions;
using Writ.Shell.Knowledge;

namespace Writ.Shell.Tests.Knowledge;

/// <summary>The data know every long option that the programs of this machine print about themselves, and which of them
/// has a value. Programs that are not installed are left out.</summary>
public sealed class HelpPageTests
{
    static readonly string[] _programs = (
        "cat tac nl head tail wc sort uniq cut paste join comm tr fold fmt pr expand unexpand shuf seq numfmt split "
        + "csplit tsort od base64 base32 basenc md5sum sha256sum b2sum cksum cp mv ln rm rmdir mkdir mktemp mkfifo "
        + "mknod touch truncate shred install chmod chown chgrp stat du df sync readlink realpath basename dirname "
        + "factor date uname id tee dircolors ls dir grep sed tar diff cmp sdiff diff3 xargs env nice timeout")
        .Split(' ');

    // `-x, --name`, `--name=VALUE`, `--name[=VALUE]`, `--name VALUE`, at the beginning of a line.
    static readonly Regex _option = new(
        @"^ {1,8}(?:-\w[ ,A-Z=]*, ?)?(?<name>--[a-z][a-z0-9-]+)(?<value>\[=|=| [A-Z<]{2})?",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture,
        TimeSpan.FromSeconds(5));

    // A page that says less, or is about another option.
    static readonly string[] _known =
    [
        "cp --update", "mv --update", "sort --check", "diff --GTYPE-group-format", "xargs --max-lines",
    ];

    [Fact]
    public void Every_long_option_that_programs_tell_of_is_known()
    {
        var wrong = new List<string>();
        var seen = 0;
        foreach (var name in _programs)
        {
            var node = ProgramKnowledge.Shipped.Find(name);
            if (node is null)
                wrong.Add($"{name} is not known");
            else if (Page(name) is { } page)
                seen += Compare(name, node, page, wrong);
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.True(seen > 500 || !File.Exists("/usr/bin/ls"), $"only {seen} options were compared");
    }

    static int Compare(string name, ProgramNode node, string page, List<string> wrong)
    {
        var count = 0;
        foreach (Match match in _option.Matches(page))
        {
            var option = match.Groups["name"].Value;
            if (_known.Contains($"{name} {option}"))
                continue;
            count++;
            if (!node.Options.TryGetValue(option, out var known))
                wrong.Add($"{name} {option} is not in the data");
            // With a value that the program takes as the next word and the data do not, an operand would be missed.
            else if (match.Groups["value"].Value is "=" && known.Arity == OptionArity.None)
                wrong.Add($"{name} {option} has a value, and none in the data");
            else if (match.Groups["value"].Value is "" or "[=" && known.Arity is OptionArity.Needs or OptionArity.Two)
                wrong.Add($"{name} {option} needs no value, and one in the data");
        }
        return count;
    }

    static string? Page(string name)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(name, "--help")
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                Environment = { ["LC_ALL"] = "C" },
            })!;
            process.ErrorDataReceived += (_, _) => { };
            process.BeginErrorReadLine();
            var page = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return page.Contains("--", StringComparison.Ordinal) ? page : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
