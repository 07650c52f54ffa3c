using System.Xml.Linq;
using Writ.Testing;

namespace Writ.Tests.Architecture;

/// <summary>Which project may use which, and why. An arrow that is not here is a decision somebody has to
/// take.</summary>
public sealed class ArrowTests
{
    static readonly (string From, string To, string Why)[] _arrows =
    [
        ("Writ", "Writ.Cedar", "policy is decided in the core"),
        ("Writ", "Writ.Identity", "a SPIFFE ID and its keys are what an issuance is decided about"),
        ("Writ", "Writ.Ledger", "entries, notes and canonical JSON are the ledger's forms"),
        ("Writ", "Writ.Shell", "what a command would do is a fact that policy is asked with"),
        ("Writ.Launcher", "Writ", "it verifies a writ and the digests it binds"),
        ("Writ.Launcher", "Writ.Linux", "it restricts itself and becomes the command"),
        ("Writ.Documents", "Writ", "it reads files into the core's documents"),
        ("Writ.Cli", "Writ.Documents", "policies are checked and tested without a control plane"),
        ("Writ.Server", "Writ.Documents", "it reads the files of a realm and of a bundle"),
        ("Writ.Cli", "Writ", "it signs, verifies and decides again offline"),
        ("Writ.Cli", "Writ.Linux", "it handles a terminal and verifies Ed25519"),
        ("Writ.Cli", "Writ.Client", "it says things on the same streams with the same exit statuses"),
        ("Writ.Client", "Writ", "requests, hooks and frames are the core's"),
        ("Writ.Client", "Writ.Linux", "it connects, and passes signals and a terminal on"),
        ("Writ.Front", "Writ.Client", "it is the hook and the run, and little else so that it starts fast"),
        ("Writ.Server", "Writ", "the core decides, the server carries out"),
        ("Writ.Server", "Writ.Linux", "it attests peers and starts sandboxes"),
    ];

    static readonly string[] _projects =
    [
        "Writ", "Writ.Cedar", "Writ.Identity", "Writ.Ledger", "Writ.Shell", "Writ.Documents", "Writ.Linux",
        "Writ.Launcher", "Writ.Cli", "Writ.Client", "Writ.Front", "Writ.Server",
    ];

    [Fact]
    public void Every_project_is_known_and_in_the_solution()
    {
        var folders = Directory.GetDirectories(Path.Combine(SharedData.RepositoryRoot, "src")).Select(Path.GetFileName);
        Assert.Equal(_projects.Order(StringComparer.Ordinal), folders.Order(StringComparer.Ordinal));
        var solution = File.ReadAllText(Path.Combine(SharedData.RepositoryRoot, "Writ.slnx"));
        Assert.All(_projects, p => Assert.Contains($"src/{p}/{p}.csproj", solution, StringComparison.Ordinal));
    }

    [Fact]
    public void Projects_use_exactly_what_the_arrows_allow()
    {
        var found = _projects.SelectMany(p => References(p).Select(r => $"{p} -> {r}")).Order(StringComparer.Ordinal);
        Assert.Equal(_arrows.Select(a => $"{a.From} -> {a.To}").Order(StringComparer.Ordinal), found);
    }

    [Fact]
    public void Drivers_are_in_the_solution_and_the_corpus_driver_sees_only_what_users_of_Cedar_see()
    {
        var bench = Path.Combine(SharedData.RepositoryRoot, "bench");
        var folders = Directory.GetDirectories(bench).Select(Path.GetFileName);
        var solution = File.ReadAllText(Path.Combine(SharedData.RepositoryRoot, "Writ.slnx"));
        Assert.All(folders, p => Assert.Contains($"bench/{p}/{p}.csproj", solution, StringComparison.Ordinal));
        var corpus = XDocument.Load(Path.Combine(bench, "Writ.Corpus", "Writ.Corpus.csproj"));
        var reference = Assert.Single(corpus.Descendants("ProjectReference"));
        Assert.EndsWith("Writ.Cedar.csproj", reference.Attribute("Include")!.Value, StringComparison.Ordinal);
        var cedar = XDocument.Parse(ProjectText("Writ.Cedar")).Descendants("InternalsVisibleTo");
        Assert.DoesNotContain(cedar, friend => friend.Attribute("Include")!.Value == "Writ.Corpus");
    }

    [Theory]
    [InlineData("Writ")]
    [InlineData("Writ.Cedar")]
    [InlineData("Writ.Identity")]
    [InlineData("Writ.Ledger")]
    [InlineData("Writ.Shell")]
    [InlineData("Writ.Linux")]
    public void The_core_and_its_libraries_bring_no_package(string project) =>
        Assert.DoesNotContain("PackageReference", ProjectText(project), StringComparison.Ordinal);

    [Theory]
    [InlineData("Writ")]
    [InlineData("Writ.Cedar")]
    [InlineData("Writ.Identity")]
    [InlineData("Writ.Ledger")]
    [InlineData("Writ.Shell")]
    public void The_core_does_no_input_and_output_keeps_no_time_and_awaits_nothing(string project)
    {
        string[] forbidden =
        [
            "System.IO.", "File.", "Directory.", "Console.", "System.Net", "Process.", "Task.", "Task<", "async ",
                "await ",
            "Thread", "TimeProvider", "Stopwatch", "RandomNumberGenerator",
        ];
        var offenders = Directory.EnumerateFiles(
                Path.Combine(SharedData.RepositoryRoot, "src", project), "*.cs", SearchOption.AllDirectories)
            .SelectMany(f => File.ReadLines(f).Where(l => !l.TrimStart().StartsWith("//", StringComparison.Ordinal)),
                (f, l) => (f, l))
            .Where(x => forbidden.Any(w => HasWord(x.l, w)))
            .Select(x => $"{Path.GetFileName(x.f)}: {x.l.Trim()}");
        Assert.Empty(offenders);
    }

    static bool HasWord(string line, string word)
    {
        var code = line.Split("//")[0];
        var at = code.IndexOf(word, StringComparison.Ordinal);
        return at >= 0 && (at == 0 || !(char.IsLetterOrDigit(code[at - 1]) || code[at - 1] is '.' or '"' or '_'));
    }

    static IEnumerable<string> References(string project) =>
        XDocument.Parse(ProjectText(project)).Descendants("ProjectReference")
            .Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value));

    static string ProjectText(string project) =>
        File.ReadAllText(Path.Combine(SharedData.RepositoryRoot, "src", project, $"{project}.csproj"));
}
