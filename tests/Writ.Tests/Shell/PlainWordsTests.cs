using System.Collections.Immutable;
using System.Diagnostics;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Writ.Shell;
using Writ.Testing;

namespace Writ.Tests.Shell;

public sealed class PlainWordsTests
{
    static readonly string[] Pieces =
    [
        "a", "B7", "-x", "--o=v", "/", ".", "..", "_", ":", "@", "%", "+", ",", "=", " ", "  ", "\t", "'", "\"", "''",
            "'a b'",
        "\"a b\"", "'$x'", "\"$x\"", "$x", "~", "*", "{a,b}", "\\", "!", "#", "é", "'é*'", ";", "|", "\n", "=~",
            "a=~", ":~",
    ];

    [Theory]
    [InlineData("git status", "git|status")]
    [InlineData("  git\t status  ", "git|status")]
    [InlineData("echo 'a b' \"c d\"e", "echo|a b|c de")]
    [InlineData("echo ''", "echo|")]
    [InlineData("echo '$x' \"don't\"", "echo|$x|don't")]
    [InlineData("git log --since=2.days", "git|log|--since=2.days")]
    public void A_plain_line_is_its_words(string line, string words) =>
        Assert.Equal(words.Split('|'), PlainWords.Split(line)!.Value);

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("A=1 ls")]
    [InlineData("'A'=1 ls")]
    [InlineData("cd /")]
    [InlineData("exec ls")]
    [InlineData("if")]
    [InlineData("'")]
    [InlineData("echo \"")]
    [InlineData("echo $x")]
    [InlineData("echo \"$x\"")]
    [InlineData("echo `x`")]
    [InlineData("echo \"a!b\"")]
    [InlineData("echo \"a\\b\"")]
    [InlineData("ls; rm x")]
    [InlineData("ls & rm x")]
    [InlineData("ls | tee")]
    [InlineData("ls > x")]
    [InlineData("ls < x")]
    [InlineData("ls *")]
    [InlineData("ls [a]")]
    [InlineData("ls ?")]
    [InlineData("ls {a,b}")]
    [InlineData("ls ~")]
    [InlineData("ls # x")]
    [InlineData("ls\nrm x")]
    [InlineData("ls 'a\nb'")]
    [InlineData("ls (x)")]
    [InlineData("ls a\\ b")]
    [InlineData("ls \u00a0x")]
    public void Any_other_line_is_left_to_a_shell(string line) => Assert.Null(PlainWords.Split(line));

    [Fact]
    public void A_plain_line_means_to_bash_exactly_its_words()
    {
        var bash = "/bin/bash";
        if (!File.Exists(bash))
            SharedData.Unavailable("there is no /bin/bash here");
        var lines = Gen.Elements(Pieces).ListOf(7).Select(p => "echo x" + string.Concat(p))
            .Sample(4_000).Distinct().Where(l => PlainWords.Split(l) is not null).ToList();
        Assert.True(lines.Count > 30, $"only {lines.Count} plain lines");
        // One bash for all of them; each line's words end with a line that no word can be.
        var script = new StringBuilder("set +H\n");
        foreach (var line in lines)
            script.Append("printf '%s\\0' ").Append(line).Append("\nprintf '\\n\\0'\n");
        var start = new ProcessStartInfo(bash, ["--norc", "--noprofile", "-s"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            StandardInputEncoding = new UTF8Encoding(false),
            StandardOutputEncoding = Encoding.UTF8,
        };
        using var process = Process.Start(start)!;
        process.StandardInput.Write(script.ToString());
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        var said = output.Split("\n\0", StringSplitOptions.None);
        Assert.Equal(lines.Count + 1, said.Length);
        for (var i = 0; i < lines.Count; i++)
            Assert.Equal(PlainWords.Split(lines[i])!.Value, said[i].Split('\0').SkipLast(1));
    }

    [Theory]
    [InlineData("/a/b", "c", "/a/b/c")]
    [InlineData("/a/b", "../c", "/a/c")]
    [InlineData("/a/b", "../../../c", "/c")]
    [InlineData("/a/b", "/c/./d//e/", "/c/d/e")]
    [InlineData("/a/b", "", "/a/b")]
    [InlineData("/a", "..", "/")]
    public void A_path_is_normalised_as_text(string directory, string path, string expected) =>
        Assert.Equal(expected, Paths.Normalize(directory, path));

    [Theory]
    [InlineData("/a/b", "/a/b", true)]
    [InlineData("/a/b", "/a/b/c", true)]
    [InlineData("/a/b", "/a/bc", false)]
    [InlineData("/a/b/", "/a/b/c", true)]
    [InlineData("/a/b", "/a", false)]
    public void A_path_is_within_its_folder_and_no_neighbour(string folder, string path, bool within) =>
        Assert.Equal(within, Paths.IsWithin(folder, path));

    [Theory]
    [InlineData("~/.ssh/config", true)]
    [InlineData("/home/x/.AWS/Credentials", true)]
    [InlineData(".env.production", true)]
    [InlineData("certs/server.pem", true)]
    [InlineData("/proc/self/environ", true)]
    [InlineData("environment.md", false)]
    [InlineData("src/keys.cs", false)]
    [InlineData("", false)]
    [InlineData("/", false)]
    public void A_secret_is_known_by_its_usual_names(string path, bool secret) =>
        Assert.Equal(secret, Paths.LooksSecret(path));

    [Theory]
    [InlineData("plain text", "plain text")]
    [InlineData("tab\there", "tab\\u{9}here")]
    [InlineData("\u001b[31mred", "\\u{1b}[31mred")]
    [InlineData("right\u202eleft", "right\\u{202e}left")]
    [InlineData("zero\u200bwidth", "zero\\u{200b}width")]
    [InlineData("no\u00a0break", "no\\u{a0}break")]
    [InlineData("soft\u00adhyphen", "soft\\u{ad}hyphen")]
    [InlineData("\U000e0041tag", "\\u{e0041}tag")]
    [InlineData("filler\u3164", "filler\\u{3164}")]
    [InlineData("sel\ufe0f", "sel\\u{fe0f}")]
    [InlineData("line\u2028end", "line\\u{2028}end")]
    [InlineData("Zoë 日本", "Zoë 日本")]
    public void What_hides_is_made_visible(string text, string shown)
    {
        Assert.Equal(shown, VisibleText.Of(text));
        Assert.Equal(text != shown, VisibleText.Hides(text));
    }

    [Fact]
    public void A_command_that_is_shown_and_is_plain_reads_back_as_itself() =>
        Prop.ForAll(
            Gen.Elements(Pieces).ListOf(6).Select(p => p.Prepend("run").ToImmutableArray()).ToArbitrary(),
            argv =>
            {
                var line = VisibleText.Command(argv);
                if (PlainWords.Split(line) is { } words)
                    Assert.Equal(argv, words);
            }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
}
