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

    readonly Process _node;

    OfficialEngine(Process node) => _node = node;

    public static OfficialEngine Start()
    {
        try
        {
            lock (Installing)
                Install();
            var node = Process.Start(new ProcessStartInfo("node", ["official.mjs"])
            {
                WorkingDirectory = Installed,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                StandardInputEncoding = new UTF8Encoding(false),
                StandardOutputEncoding = new UTF8Encoding(false),
            })!;
            return new OfficialEngine(node);
        }
        catch (Exception fault) when (fault is System.ComponentModel.Win32Exception or IOException)
        {
            SharedData.Unavailable($"the official engine cannot be run: {fault.Message}");
            throw;
        }
    }

    public JsonNode Ask(JsonObject scenario)
    {
        _node.StandardInput.WriteLine(scenario.ToJsonString());
        _node.StandardInput.Flush();
        var line = _node.StandardOutput.ReadLine()
            ?? throw new InvalidOperationException("the official engine ended; the scenario was " + scenario);
        return JsonNode.Parse(line)!;
    }

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
