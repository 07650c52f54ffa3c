using System.Diagnostics;
using System.Globalization;
using Writ.Testing;

namespace Writ.Ledger.Tests;

/// <summary>What a verifier in another language, on another library, says about ledgers published here.</summary>
public sealed class ForeignVerifierTests(ForeignVerifier verifier) : IClassFixture<ForeignVerifier>
{
    public static TheoryData<int> Sizes => [0, 1, 2, 255, 256, 257, 511, 512, 65535, 65536, 70_000];

    [Theory, Slow]
    [MemberData(nameof(Sizes))]
    public void It_accepts_a_published_ledger_with_its_proofs(int size)
    {
        var ledger = PublishedLedger.OfSize(size);
        using var folder = new TemporaryFolder();
        ledger.WriteTo(folder.Path);
        List<string> arguments = [PublishedLedger.Key.ToString(), folder.Path];
        if (size > 0)
        {
            var reader = new TileReader(size, ledger.Read);
            var (index, oldSize) = (size * 2L / 3, Math.Max(1, size / 3L));
            var proof = new TlogProof(
                index, MerkleTree.InclusionProof(index, size, reader.Node), ledger.Files[Tiles.CheckpointPath]);
            var consistency = MerkleTree.ConsistencyProof(oldSize, size, reader.Node);
            File.WriteAllBytes(folder.File("entry.tlog-proof"), proof.ToText());
            File.WriteAllLines(folder.File("consistency"), consistency.Select(static hash => hash.ToString()));
            arguments.AddRange(
                [
                    Text(index), folder.File("entry.tlog-proof"),
                    Text(oldSize), MerkleTree.Root(oldSize, reader.Node).ToString(), folder.File("consistency"),
                ]);
        }
        var (exit, said) = verifier.Run(arguments);
        Assert.True(exit == 0, said);
        Assert.StartsWith($"size {size}, root {ledger.Head.Root}, ", said, StringComparison.Ordinal);
        if (size > 0)
            Assert.EndsWith("inclusion proof good\nconsistency proof good\n", said, StringComparison.Ordinal);
    }

    // The oracle itself must be able to say no, or its yes means nothing.
    [Theory, Slow]
    [InlineData("checkpoint", "invalid signature for key")]
    [InlineData("tile/entries/001", "the entries hash to")]
    [InlineData("tile/entries/002.p/88", "the entries hash to")]
    [InlineData("tile/0/000", "tile/0/000 is not the tile of the entries")]
    [InlineData("tile/0/002.p/88", "tile/0/002.p/88 is not the tile of the entries")]
    [InlineData("tile/1/000.p/2", "tile/1/000.p/2 is not the tile of the entries")]
    public void It_refuses_a_damaged_ledger(string path, string reason)
    {
        var ledger = PublishedLedger.OfSize(600);
        ledger.Files[path][path == Tiles.CheckpointPath ? 3 : 20] ^= 0x01;
        using var folder = new TemporaryFolder();
        ledger.WriteTo(folder.Path);
        var key = PublishedLedger.Key.ToString();
        var (exit, said) = verifier.Run([key, folder.Path]);
        Assert.Equal(1, exit);
        Assert.Contains(reason, said, StringComparison.Ordinal);
    }

    static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>The Go program <c>tests/oracles/tlogverify</c>, built once for the tests that ask it.</summary>
public sealed class ForeignVerifier : IDisposable
{
    const string PackagedGo = "/usr/share/gocode";

    readonly TemporaryFolder _folder = new();
    string? _program;

    public (int Exit, string Said) Run(IEnumerable<string> arguments)
    {
        _program ??= Build();
        return Run(_program, arguments);
    }

    public void Dispose() => _folder.Dispose();

    string Build()
    {
        if (!Directory.Exists($"{PackagedGo}/src/golang.org/x/mod/sumdb/tlog"))
            SharedData.Unavailable("the Go package golang.org/x/mod (golang-golang-x-mod-dev) is not installed");
        var go = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
            .Select(static folder => Path.Combine(folder, "go")).FirstOrDefault(File.Exists);
        if (go is null)
            SharedData.Unavailable("the Go compiler (golang-go) is not installed");
        var program = _folder.File("tlogverify");
        var source = Path.Combine(SharedData.RepositoryRoot, "tests", "oracles", "tlogverify", "main.go");
        var (exit, said) = Run(go!, ["build", "-o", program, source]);
        Assert.True(exit == 0, said);
        return program;
    }

    (int Exit, string Said) Run(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["GO111MODULE"] = "off",
                ["GOPATH"] = $"{_folder.File("go")}:{PackagedGo}",
                ["GOCACHE"] = _folder.File("cache"),
                ["GOFLAGS"] = "",
            },
        };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var said = process.StandardOutput.ReadToEnd() + error.GetAwaiter().GetResult();
        process.WaitForExit();
        return (process.ExitCode, said);
    }
}
