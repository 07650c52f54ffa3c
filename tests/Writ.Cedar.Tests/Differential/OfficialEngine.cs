using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Writ.Testing;

namespace Writ.Cedar.Tests.Differential;

/// <summary>
/// The official engine (<c>@cedar-policy/cedar-wasm</c>, locked by <c>tests/differential</c>) in a Node process of its
/// own. A test that needs it is skipped when Node or the package cannot be had, and fails on CI.
/// </summary>
sealed class OfficialEngine : IDisposable
{
    static readonly string Source = Path.Combine(SharedData.RepositoryRoot, "tests", "differential");
    static readonly string Installed = Path.Combine(SharedData.RepositoryRoot, "artifacts", "differential");
    static readonly Lock Installing = new();

    Process _node;

    OfficialEngine(Process node) => _node = node;

    /// <summary>How often Node itself fell over and was started again.</summary>
    public int Restarts { get; private set; }

    public static OfficialEngine Start()
    {
        try
        {
            lock (Installing)
                Install();
            return new OfficialEngine(StartNode());
        }
        catch (Exception fault) when (fault is System.ComponentModel.Win32Exception or IOException)
        {
            SharedData.Unavailable($"the official engine cannot be run: {fault.Message}");
            throw;
        }
    }

    // Node 20 dies now and then of a fault of its own compiler (Deoptimizer, "unreachable code"). The question is then
    // put once more to a new process; a second death is the question's.
    public JsonNode Ask(JsonObject scenario)
    {
        if (Answer(scenario) is { } first)
            return first;
        _node.Dispose();
        _node = StartNode();
        Restarts++;
        return Answer(scenario)
            ?? throw new InvalidOperationException("the official engine ended twice; the scenario was " + scenario);
    }

    JsonNode? Answer(JsonObject scenario)
    {
        try
        {
            _node.StandardInput.WriteLine(scenario.ToJsonString());
            _node.StandardInput.Flush();
            return _node.StandardOutput.ReadLine() is { } line ? JsonNode.Parse(line) : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    static Process StartNode() => Process.Start(new ProcessStartInfo("node", ["--no-opt", "official.mjs"])
    {
        WorkingDirectory = Installed,
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        StandardInputEncoding = new UTF8Encoding(false),
        StandardOutputEncoding = new UTF8Encoding(false),
    })!;

    public void Dispose()
    {
        _node.StandardInput.Close();
        _node.WaitForExit();
        _node.Dispose();
    }

    static void Install()
    {
        Directory.CreateDirectory(Installed);
        foreach (var name in new[] { "package.json", "package-lock.json", "official.mjs" })
            File.Copy(Path.Combine(Source, name), Path.Combine(Installed, name), overwrite: true);
        if (Directory.Exists(Path.Combine(Installed, "node_modules", "@cedar-policy", "cedar-wasm", "nodejs")))
            return;
        using var npm = Process.Start(new ProcessStartInfo("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        {
            WorkingDirectory = Installed,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = npm.StandardOutput.ReadToEndAsync();
        var errors = npm.StandardError.ReadToEnd();
        npm.WaitForExit();
        if (npm.ExitCode != 0)
            throw new IOException($"npm ci: {output.Result}{errors}");
    }
}
