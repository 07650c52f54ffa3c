using Microsoft.Extensions.DependencyInjection;
using Writ.Linux;
using Writ.Server.Findings;
using Writ.Server.Storage;
using Writ.Server.Tests.Storage;

namespace Writ.Server.Tests.Findings;

/// <summary>A search through a tree that somebody else laid out.</summary>
public sealed class SecretSearchTests : IDisposable
{
    const string Token = "ghp_0123456789abcdefghijABCDEFGHIJ456789";

    readonly TemporaryFolder _folder = new();
    readonly SecretSearch _search;
    readonly string _tree;

    public SecretSearchTests()
    {
        _search = new SecretSearch(new SecretPrints(DataDirectory.Create(_folder["data"])));
        _tree = Directory.CreateDirectory(_folder["tree"]).FullName;
    }

    public void Dispose() => _folder.Dispose();

    void Write(string path, string text)
    {
        var whole = Path.Combine(_tree, path);
        Directory.CreateDirectory(Path.GetDirectoryName(whole)!);
        File.WriteAllText(whole, text);
    }

    static SearchLimits Patient { get; } = SearchLimits.Usual with { Time = TimeSpan.FromMinutes(1) };

    Searched Look(SearchLimits? limits = null) =>
        _search.InTree(_tree, ThisProcess.EffectiveUid, limits ?? Patient);

    string[] Places() => [.. Look().Secrets.Select(s => $"{s.Place} {s.Shape}").Order(StringComparer.Ordinal)];

    [Fact]
    public void Secrets_are_named_by_place_shape_and_fingerprint_and_never_by_themselves()
    {
        Write(".env", "A=1\nDB_PASSWORD=hunter2hunter2\n");
        Write("src/deep/main.py", $"t = '{Token}'\n");
        Write(".git/config", "[remote]\n\turl = https://bot:tok9en8word@git.internal/x\n");
        var found = Look();
        Assert.True(found.Complete);
        Assert.Equal([".env:2 setting", ".git/config:2 address", "src/deep/main.py:1 github"], Places());
        foreach (var secret in found.Secrets)
            foreach (var value in (string[])[Token, "hunter2", "tok9en8word"])
                Assert.DoesNotContain(value, secret.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void One_value_has_one_fingerprint_in_a_realm_and_another_elsewhere()
    {
        Write("a.txt", Token);
        Write("b.txt", "x\n" + Token);
        var prints = Look().Secrets.Select(s => s.Fingerprint).Distinct().ToList();
        Assert.Single(prints);
        var other = new SecretPrints(DataDirectory.Create(_folder["other"]));
        Assert.NotEqual(prints[0], other.Of(Token));
        // It is the same after a restart, and the key is its owner's alone.
        Assert.Equal(prints[0], new SecretPrints(DataDirectory.Open(_folder["data"])).Of(Token));
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite,
            File.GetUnixFileMode(Path.Combine(_folder["data"], "keys", "fingerprints")));
    }

    [Fact]
    public void What_others_could_have_put_there_as_a_key_is_not_used()
    {
        var prints = new SecretPrints(DataDirectory.Open(_folder["data"]));
        var before = prints.Of(Token);
        Files.SetMode(Path.Combine(_folder["data"], "keys", "fingerprints"), 0x1B6);
        Assert.NotEqual(before, new SecretPrints(DataDirectory.Open(_folder["data"])).Of(Token));
    }

    // Else one folder that nobody may enter hides everything behind it.
    [Fact]
    public void What_cannot_be_read_hides_nothing_but_itself()
    {
        const int other = 60_123;
        Write("0/closed.txt", Token);
        Write("0.txt", "closed");
        Write("deep/er/found.txt", Token);
        Write("z.txt", Token);
        Write("home/.env", $"A_TOKEN={Token}");
        Write("home/.npmrc", $"//registry/:_authToken={Token}");
        // The key of fingerprints is read here, as long as that is possible.
        Assert.Equal(5, Look().Secrets.Length);
        var isRoot = ThisProcess.EffectiveUid == 0;
        var owned = Directory.EnumerateFileSystemEntries(_tree, "*", SearchOption.AllDirectories).Append(_tree);
        foreach (var path in isRoot ? owned : [])
            Files.ChangeOwner(path, other, other);
        foreach (var closed in (string[])["0", "0.txt", "home/.env"])
            Files.SetMode(Path.Combine(_tree, closed), 0);
        Files.SetMode(_folder.Root, 0x1ED);
        var uid = isRoot ? other : ThisProcess.EffectiveUid;
        Searched found, atHome;
        using (FileIdentity.Of(uid, uid))
            (found, atHome) = (_search.InTree(_tree, uid, Patient), _search.AtHome(_tree + "/home", uid, Patient));
        Files.SetMode(Path.Combine(_tree, "0"), 0x1C0);
        Assert.Equal(
            ["deep/er/found.txt:1 github", "home/.npmrc:1 github", "z.txt:1 github"],
            found.Secrets.Select(s => $"{s.Place} {s.Shape}").Order(StringComparer.Ordinal));
        Assert.Equal(["~/.npmrc:1"], atHome.Secrets.Select(s => s.Place));
        Assert.False(found.Complete || atHome.Complete);
    }

    [Fact]
    public void Nothing_is_followed_out_of_the_tree_and_nothing_of_another_owner_is_read()
    {
        var outside = _folder["outside"];
        Directory.CreateDirectory(outside);
        File.WriteAllText(Path.Combine(outside, ".env"), $"GITHUB_TOKEN={Token}\n");
        Directory.CreateSymbolicLink(Path.Combine(_tree, "folder"), outside);
        File.CreateSymbolicLink(Path.Combine(_tree, ".env"), Path.Combine(outside, ".env"));
        Write("others.txt", Token);
        Assert.Equal(["others.txt:1 github"], Places());
        if (ThisProcess.EffectiveUid == 0)
        {
            Files.ChangeOwner(Path.Combine(_tree, "others.txt"), 4_711, 4_711);
            Assert.Empty(Places());
        }
        // A tree of another user is not looked at, and settles nothing.
        var theirs = _search.InTree(_tree, ThisProcess.EffectiveUid + 1, SearchLimits.Usual);
        Assert.Equal((0, false), (theirs.Secrets.Length, theirs.Complete));
    }

    [Fact]
    public void A_pipe_in_the_tree_keeps_nobody_waiting()
    {
        using (var made = System.Diagnostics.Process.Start("mkfifo", [Path.Combine(_tree, ".env")]))
            made.WaitForExit();
        Assert.True(Look().Complete);
    }

    public static TheoryData<string, SearchLimits> Limits
    {
        get
        {
            var much = SearchLimits.Usual with { Time = TimeSpan.FromMinutes(1) };
            return new()
            {
                { "files", much with { Files = 10 } }, { "bytes", much with { Bytes = 100 } },
                { "depth", much with { Depth = 3 } }, { "time", much with { Time = TimeSpan.Zero } },
            };
        }
    }

    [Theory]
    [MemberData(nameof(Limits))]
    public void What_is_beyond_a_limit_is_said_to_be(string what, SearchLimits limits)
    {
        for (var i = 0; i < 30; i++)
            Write($"a/b/c/d/e/f/file{i}.txt", "nothing at all here");
        Assert.True(Look().Complete);
        Assert.False(Look(limits).Complete, what);
    }

    [Fact]
    public void Large_and_binary_files_are_left_and_folders_that_tools_fill_are_not_entered()
    {
        Write("large.txt", Token + new string('x', 70_000));
        Write("data.bin", "\0\0" + Token);
        Write("node_modules/x/index.js", Token);
        Assert.Empty(Places());
    }

    [Fact]
    public void The_home_directory_is_looked_at_in_well_known_places_only()
    {
        Write(".aws/credentials", "[default]\naws_secret_access_key = abc/def+0123456\n");
        Write(".git-credentials", "https://alice:s3cr3tword@git.internal\n");
        Write("notes.txt", Token);
        Assert.Equal(
            ["~/.aws/credentials:2", "~/.git-credentials:1"],
            _search.AtHome(_tree, ThisProcess.EffectiveUid, SearchLimits.Usual).Secrets.Select(s => s.Place)
                .Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_environment_of_a_process_is_told_by_names()
    {
        using var process = WritCommandOf(("GITHUB_TOKEN", Token), ("EDITOR", "/usr/bin/vim"));
        try
        {
            var found = _search.InEnvironment(process.Id, ThisProcess.EffectiveUid);
            Assert.Equal(["GITHUB_TOKEN github"], found.Secrets.Select(s => $"{s.Place} {s.Shape}"));
            Assert.False(_search.InEnvironment(process.Id, ThisProcess.EffectiveUid + 1).Complete);
        }
        finally
        {
            process.Kill();
        }
    }

    static System.Diagnostics.Process WritCommandOf(params (string, string)[] environment) =>
        Testing.WritCommand.Start("/usr/bin/sleep", ["60"], "/", environment);
}
