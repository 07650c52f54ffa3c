using System.Diagnostics;
using Writ.Testing;

namespace Writ.EndToEnd.Tests.Hooks;

/// <summary>The real client.</summary>
static class ClaudeCode
{
    /// <summary>Contracts drift between releases, so the one that was looked at is named.</summary>
    const string Version = "2.1.329";

    static readonly TimeSpan _installMax = TimeSpan.FromMinutes(5);
    static readonly SemaphoreSlim _installing = new(1);

    /// <summary>The client's native binary; fetched once, without running anything of its package.</summary>
    public static async Task<string> Binary()
    {
        var folder = Path.Combine(SharedData.RepositoryRoot, "artifacts", "clients");
        var binary = Path.Combine(folder, "node_modules", "@anthropic-ai", "claude-code-linux-x64", "claude");
        await _installing.WaitAsync();
        try
        {
            if (!File.Exists(binary))
                await Fetch(folder);
        }
        finally
        {
            _installing.Release();
        }
        if (!File.Exists(binary))
            SharedData.Unavailable($"Claude Code {Version} cannot be had from npm");
        return binary;
    }

    static async Task Fetch(string folder)
    {
        Directory.CreateDirectory(folder);
        var start = new ProcessStartInfo("npm", [
            "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", folder,
                $"@anthropic-ai/claude-code@{Version}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using var npm = Process.Start(start)!;
            _ = npm.StandardOutput.ReadToEndAsync();
            _ = npm.StandardError.ReadToEndAsync();
            await npm.WaitForExitAsync().WaitAsync(_installMax);
        }
        catch (Exception fault) when (fault is System.ComponentModel.Win32Exception or TimeoutException)
        {
            SharedData.Unavailable($"npm cannot fetch the client: {fault.Message}");
        }
    }
}
