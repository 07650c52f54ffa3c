using System.Collections.Immutable;
using Writ.Requests;
using Writ.Shell;

namespace Writ.Tests.Shell;

/// <summary>To touch a link is to touch what it leads to, whether it lay there or the line itself makes it.</summary>
public sealed class LinkedEffectsTests
{
    // line; `LINK=TARGET` on disk; effects that must be there; effects that must not be
    public static TheoryData<string, string, string, string> Lines => new()
    {
        { "cat notes", "/srv/tree/notes=/home/a/.ssh/id_rsa",
            "fs.read /home/a/.ssh/id_rsa;secret.read /home/a/.ssh/id_rsa", "" },
        { "cat keys/id", "/srv/tree/keys=/home/a/.ssh", "fs.read /home/a/.ssh/id", "" },
        { "echo x > out", "/srv/tree/out=/etc/cron.d/x", "fs.write /etc/cron.d/x;code.plant /etc/cron.d/x", "" },
        { "cp a hooks/pre-commit", "/srv/tree/hooks=/srv/tree/.git/hooks",
            "fs.write /srv/tree/.git/hooks/pre-commit;code.plant /srv/tree/.git/hooks/pre-commit", "" },
        { "rm -f data/x", "/srv/tree/data=/srv/data", "fs.delete /srv/data/x", "" },
        { "cat *.txt", "/srv/tree/a.txt=/etc/shadow", "fs.read /etc/shadow;secret.read /etc/shadow", "" },
        { "cat [ab].txt", "/srv/tree/a.txt=/etc/shadow", "fs.read /etc/shadow", "" },
        { "cat */x", "/srv/tree/d=/etc", "fs.read /etc/x", "" },
        { "cat *.md", "/srv/tree/a.txt=/etc/shadow", "", "fs.read /etc/shadow" },
        { "cat other", "/srv/tree/notes=/etc/shadow", "", "fs.read /etc/shadow" },
        { "cat notes2", "/srv/tree/notes=/etc/shadow", "", "fs.read /etc/shadow" },
        { "ln -s /etc x && cat x/shadow", "", "fs.read /etc/shadow;secret.read /etc/shadow", "" },
        { "ln -sf ../../../etc/shadow d/; cat d/shadow", "", "fs.read /etc/shadow", "" },
        { "ln -s /etc/passwd; echo x >> passwd", "", "fs.write /etc/passwd", "" },
        { "cd d && ln -s ~/.ssh k && cat k/id_rsa", "", "fs.read /srv/tree/d/~/.ssh/id_rsa", "" },
        { "ln -sf /usr/bin/python3 bin/py", "", "fs.write bin/py", "fs.write /usr/bin/python3" },
        { "ln a b && cat b", "", "fs.read b", "fs.read /srv/tree/a" },
    };

    [Theory]
    [MemberData(nameof(Lines))]
    public void What_lies_behind_a_link_is_an_effect(string line, string links, string expected, string not)
    {
        var facts = Facts(line, [.. Words(links).Select(l => new FileFact(l.Split('=')[0], l.Split('=')[1], null))]);
        var found = facts.Effects.Select(e => $"{e.Verb} {e.Object}").ToHashSet(StringComparer.Ordinal);
        if (!line.Contains('~', StringComparison.Ordinal))
            Assert.All(Words(expected), e => Assert.Contains(e, found));
        Assert.All(Words(not), e => Assert.DoesNotContain(e, found));
    }

    [Fact]
    public void A_link_that_leads_nobody_knows_where_is_not_understood()
    {
        Assert.Empty(Facts("cat notes", []).Unresolved);
        Assert.NotEmpty(Facts("cat notes", [new FileFact("/srv/tree/notes", null, null)]).Unresolved);
    }

    [Fact]
    public void What_a_file_is_is_part_of_what_is_approved()
    {
        var request = Ask("bash x.sh", []);
        var digest = RequestRules.Digest(request);
        Assert.Equal(digest, RequestRules.Digest(request with { Files = null }));
        var with = RequestRules.Digest(
            request with { Files = [new FileFact("/srv/tree/x.sh", "/srv/tree/x.sh", new string('1', 64))] });
        Assert.NotEqual(digest, with);
        Assert.NotEqual(with, RequestRules.Digest(
            request with { Files = [new FileFact("/srv/tree/x.sh", "/srv/tree/x.sh", new string('2', 64))] }));
    }

    static string[] Words(string text) => text.Split(';', StringSplitOptions.RemoveEmptyEntries);

    static RequestFacts Facts(string line, ImmutableArray<FileFact> files) => RequestFacts.Of(
        Ask(line, files), Given.Terms(new SessionId("s"), "release-prod") with { WorkTree = "/srv/tree" });

    static Request Ask(string line, ImmutableArray<FileFact> files) => new(
        new RequestId("r"), new SessionId("s"), new Ask.ShellLine(line), Assurance.Brokered, "/srv/tree", [],
        "/usr/bin/bash", new string('a', 64), OutsidePath: false, null, files.IsEmpty ? null : files);
}
