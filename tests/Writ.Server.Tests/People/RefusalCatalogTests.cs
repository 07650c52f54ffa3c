using System.Reflection;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Writ.Realms;
using Writ.Requests;
using Writ.Testing;
using Writ.Wire;

namespace Writ.Server.Tests.PeoplePath;

public sealed partial class RefusalCatalogTests
{
    // A code is what one of these is given; moves, verbs and files look the same and are none.
    static readonly string[] _callsThatTakeCodes =
    [
        "Refusal", "No", "Blocked", "Block", "DocumentFault", "Fault", "Refuse", "Report", "Problems.Of", "Closed",
        "Add",
        "End", "RealmUnavailableException", "Deny",
    ];

    // Files, fields, settings and words of the event stream whose names have a dot.
    static readonly string[] _others =
    [
        "agent.sock", "bundle.pem", "bundle.yaml", "cgroup.controllers", "cgroup.events", "cgroup.freeze",
        "cgroup.kill",
        "cgroup.procs", "cgroup.type", "config.json", "core.fsmonitor", "core.pager",
        "derived.db", "files.digest", "files.name", "files.path", "files.text", "kubernetes.io", "ledger.db",
        "libc.so.6", "libcrypto.so.3", "memory.events", "memory.max", "memory.oom.group",
        "memory.swap.max", "nsswitch.conf", "orders.vkey",
        "package.json", "pids.max", "policy.name", "policy.text", "redis.sock", "run.pem", "run.started",
        "security.capability", "security.evm", "security.ima", "security.selinux", "settings.json", "sshd.sock",
        "sts.amazonaws.com", "user.overlay.opaque", "workload.spiffe.io", "writ.accepted", "writ.refused",
    ];

    [Fact]
    public void Every_code_that_is_given_anywhere_is_in_the_catalogue()
    {
        var given = Sources().Where(file => !IsShell(file))
            .SelectMany(file => Given().Matches(File.ReadAllText(file)).Cast<Match>()
            .Where(m => _callsThatTakeCodes.Contains(m.Groups["call"].Value))
            .Select(m => (Code: m.Groups["code"].Value, File: Path.GetFileName(file)))).ToList();
        Assert.True(given.Count > 100, $"only {given.Count} found: the scan no longer fits the sources");
        var missing = given.Where(g => !RefusalCatalog.All.ContainsKey(g.Code)).Distinct().ToList();
        Assert.True(missing.Count == 0, string.Join("\n", missing));
    }

    [Fact]
    public void Every_named_code_is_in_the_catalogue()
    {
        var named = Sources().SelectMany(file => Named().Matches(File.ReadAllText(file)).Cast<Match>()
            .Select(m => m.Groups["code"].Value)).Distinct().ToList();
        var families = RefusalCatalog.All.Keys.Select(Family).ToHashSet();
        var missing = named.Where(c => families.Contains(Family(c)) && !RefusalCatalog.All.ContainsKey(c)
            && !c.EndsWith(".sock", StringComparison.Ordinal)
            && !Requests.Verbs.Groups.ContainsKey(c)).ToList();
        Assert.True(missing.Count == 0, string.Join("\n", missing));
    }

    /// <summary>
    /// Whatever is written like a code is one, unless it is something else that is known: the name of a move or an
    /// event, an effect's verb, or a file.
    /// </summary>
    [Fact]
    public void Whatever_looks_like_a_code_is_in_the_catalogue_or_is_known_to_be_something_else()
    {
        var other = Discriminators(typeof(Move)).Concat(Discriminators(typeof(Event))).Concat(Verbs.Groups.Keys)
            .Concat(_others).ToHashSet(StringComparer.Ordinal);
        var found = Sources().Where(file => !IsShell(file))
            .SelectMany(file => Dotted().Matches(File.ReadAllText(file)).Cast<Match>()
            .Select(m => (Code: m.Groups["quoted"].Value + m.Groups["bracketed"].Value, File: Path.GetFileName(file))))
            .Distinct().ToList();
        Assert.True(found.Count > 250, $"only {found.Count} found: the scan no longer fits the sources");
        var missing = found.Where(f => !RefusalCatalog.All.ContainsKey(f.Code) && !other.Contains(f.Code)).ToList();
        Assert.True(missing.Count == 0, string.Join("\n", missing));
        // The list of exceptions holds nothing that is gone.
        Assert.Empty(_others.Except(found.Select(f => f.Code)));
    }

    /// <summary>The shell parser is used alone too: its codes stand on a page of their own.</summary>
    [Fact]
    public void Every_code_of_the_shell_parser_is_on_its_page()
    {
        var page = File.ReadAllText(Path.Combine(SharedData.RepositoryRoot, "docs", "shell.md"));
        var codes = Sources().Where(IsShell)
            .SelectMany(file => Dotted().Matches(File.ReadAllText(file)).Cast<Match>())
            .Select(m => m.Groups["quoted"].Value).Where(c => c.StartsWith("shell.", StringComparison.Ordinal))
            .Distinct().ToList();
        Assert.True(codes.Count > 8, string.Join("\n", codes));
        Assert.All(codes, code => Assert.Contains($"`{code}`", page, StringComparison.Ordinal));
    }

    [Fact]
    public void Commands_that_an_entry_advises_exist()
    {
        var commands = Path.Combine(SharedData.RepositoryRoot, "src/Writ.Cli/Commands");
        var table = File.ReadAllText(Path.Combine(commands, "CommandTable.cs"))
            + File.ReadAllText(Path.Combine(commands, "PolicyRules.cs"));
        foreach (var entry in RefusalCatalog.All.Values)
            foreach (var advice in Advised().Matches(entry.Next).Cast<Match>().Select(m => m.Groups[1].Value))
                Assert.True(
                    table.Contains($"(\"{advice}\"", StringComparison.Ordinal)
                        || table.Contains($"(\"{advice.Split(' ')[0]}\"", StringComparison.Ordinal),
                    $"{entry.Code} advises 'writ {advice}'");
    }

    [Fact]
    public void Every_entry_says_what_it_means_and_what_to_do()
    {
        foreach (var entry in RefusalCatalog.All.Values)
        {
            Assert.Matches("^[a-z]+(-[a-z]+)*(\\.[a-z0-9]+(-[a-z0-9]+)*)+$", entry.Code);
            Assert.NotEmpty(entry.Title);
            Assert.True(entry.Next.EndsWith('.') || entry.Next.Contains(": ", StringComparison.Ordinal), entry.Next);
            Assert.Contains(entry.Status, new[] { 200, 400, 401, 403, 404, 409, 413, 422, 429, 500, 503 });
            Assert.Contains(entry.Exit, new[] { 0, 1, 2, 3, 4, 5, 6, 126, 127 });
        }
        Assert.Equal(500, RefusalCatalog.Of("nobody.listed-this").Status);
    }

    [Fact]
    public void The_page_is_the_catalogues_rendering()
    {
        var page = Path.Combine(SharedData.RepositoryRoot, "docs", "refusals.md");
        if (Environment.GetEnvironmentVariable("WRIT_REGENERATE") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(page)!);
            File.WriteAllText(page, RefusalCatalog.Render());
        }
        Assert.Equal(RefusalCatalog.Render(), File.ReadAllText(page));
    }

    static IEnumerable<string> Discriminators(Type family) => family.GetCustomAttributes<JsonDerivedTypeAttribute>()
        .Select(a => (string)a.TypeDiscriminator!);

    static string Family(string code) => code[..code.IndexOf('.', StringComparison.Ordinal)];

    static bool IsShell(string file) => file.Contains("/src/Writ.Shell/", StringComparison.Ordinal);

    static IEnumerable<string> Sources() => Directory
        .EnumerateFiles(Path.Combine(SharedData.RepositoryRoot, "src"), "*.cs", SearchOption.AllDirectories)
        .Where(f => !f.Contains("/obj/", StringComparison.Ordinal)
            && !Path.GetFileName(f).StartsWith("RefusalCatalog", StringComparison.Ordinal));

    [GeneratedRegex("""
        (?<call>[A-Za-z.]+)\(\s*(?:[^()"\n]+,\s*)?"(?<code>[a-z]+\.[a-z0-9-]+(?:\.[a-z0-9-]+)?)"\s*[,)]
        """)]
    private static partial Regex Given();

    [GeneratedRegex("""
        "(?<quoted>[a-z]+(?:-[a-z]+)*(?:\.[a-z0-9]+(?:-[a-z0-9]+)*)+)"|\[(?<bracketed>[a-z]+(?:-[a-z]+)*\.[a-z-]+)\]
        """)]
    private static partial Regex Dotted();

    [GeneratedRegex(": writ ([a-z]+(?: [a-z]+)?)")]
    private static partial Regex Advised();

    [GeneratedRegex("""const string \w+ = "(?<code>[a-z]+(?:\.[a-z0-9]+(?:-[a-z0-9]+)*)+)";""")]
    private static partial Regex Named();
}
