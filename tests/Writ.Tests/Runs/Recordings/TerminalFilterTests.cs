using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using Writ.Runs.Recordings;

namespace Writ.Tests.Runs.Recordings;

/// <summary>Recorded output is the command's; the terminal it is played on is the reader's.</summary>
public sealed partial class TerminalFilterTests
{
    [Theory]
    [InlineData("plain\r\n\ttext\b", "plain\r\n\ttext\b")]
    [InlineData("\e[1;31mred\e[0m", "\e[1;31mred\e[0m")]
    [InlineData("\e[38:2:1:2:3mrgb", "\e[38:2:1:2:3mrgb")]
    [InlineData("\e[H\e[2J\e[10;20Hx\e[K", "\e[H\e[2J\e[10;20Hx\e[K")]
    [InlineData("\e[?1049h\e[?25lvim\e[?25h\e[?1049l", "\e[?1049h\e[?25lvim\e[?25h\e[?1049l")]
    [InlineData("\e7a\e8b\eMc", "\e7a\e8b\eMc")]
    // Title, clipboard, hyperlink, notification; ended by BEL, by ST, or not at all.
    [InlineData("a\e]0;title\ab", "ab")]
    [InlineData("a\e]52;c;ZXZpbA==\e\\b", "ab")]
    [InlineData("a\e]8;;file:///etc/passwd\e\\link\e]8;;\e\\b", "alinkb")]
    [InlineData("a\e]2;never ended", "a")]
    [InlineData("a\ePq#0;2;0;0;0\e\\b\e_x\e\\c\e^y\e\\d\eXz\e\\e", "abcde")]
    [InlineData("a\e]0;x\u0018b", "ab")]
    // What makes a terminal answer, into the reader's shell.
    [InlineData("a\e[c\e[6n\e[0c\e[>c\e[5n\e[?6n\e[18tb\eZ\u0005", "ab")]
    [InlineData("a\e[21tb\e[?1$pc\e[>qd", "abcd")]
    // Keys, mouse, paste, reset, media copy, the reader's own scroll-back, and endless repetition.
    [InlineData("a\e[?1h\e[?1000h\e[?2004h\e=\e>\ecb", "ab")]
    [InlineData("a\e[5i\e[4h\e[!pb", "ab")]
    [InlineData("a\e[3Jb\e[03Jc\e[2;3Jd", "abcd")]
    [InlineData("a\e[999999999bc\e[1;1;1;1;1Td", "acd")]
    [InlineData("a\e[?25;1000hb", "ab")]
    // Eight-bit controls, bells, shifts, and what hides or turns text around.
    [InlineData(
        "a\u009b31mb\u009d0;x\u009cc\u0007\u000e\u000f", "a\ufffd31mb\ufffd0;x\ufffdc")]
    [InlineData("a\u202eb\u200bc\u2066d", "a\ufffdb\ufffdc\ufffdd")]
    [InlineData("\e(0lqk\e(B", "lqk")]
    [InlineData("smile \U0001F600 é 中", "smile \U0001F600 é 中")]
    [InlineData("a\e[31\nmb", "ab")]
    public void Only_what_draws_may_pass_however_it_is_cut(string printed, string passed)
    {
        for (var cut = 0; cut <= printed.Length; cut++)
        {
            var filter = new TerminalFilter();
            Assert.Equal(passed, filter.Pass(printed[..cut]) + filter.Pass(printed[cut..]));
        }
    }

    [Fact]
    public void Nothing_passes_that_is_not_on_the_list()
    {
        var pieces = Gen.Elements(
            "\e", "[", "]", "?", ";", ":", "1", "3", "25", "1049", "1000", "9999", "99999", "h", "l", "m", "J", "n",
            "c", "t", "P", "\\", "\a", "\u009b", "\u0018", "x", " ", "!", "$", ">", "T", "b", "\r\n", "\u202e",
            "\ud83d", "\ude00");
        Prop.ForAll(Gen.ArrayOf(pieces).ToArbitrary(), all =>
        {
            var filter = new TerminalFilter();
            var passed = string.Concat(all.Select(filter.Pass));
            Assert.Matches(Harmless(), passed);
            Assert.DoesNotContain('\e', TerminalFilter.Plain(string.Concat(all)));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3_000));
    }

    [Theory]
    [InlineData("\e[1;31mred\e[0m\r\nnext\a", "red\nnext\\u{7}")]
    [InlineData("a\e]0;title\ab\u202e", "ab\\u{202e}")]
    public void As_plain_text_there_is_no_sequence_at_all(string printed, string plain) =>
        Assert.Equal(plain, TerminalFilter.Plain(printed));

    [GeneratedRegex(
        """
        \A(?: [\t\b\r\n\u0020-\u007e\u00a1-\u200a\ufffd] | \ud83d\ude00 | \e[78DEM]
            | \e\[ (?: [0-9]{0,4} (?: [;:][0-9]{0,4} )* [@A-HIJKLMPSTXZ`abdefmrsu]
                | \?(?:7|25|47|104[789]) (?: ;(?:7|25|47|104[789]) )* [hl] ) )*\z
        """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Harmless();
}
