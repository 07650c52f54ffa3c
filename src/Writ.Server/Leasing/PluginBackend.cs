using System.Collections.Immutable;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using Writ.Leases;
using Writ.Linux;

namespace Writ.Server.Leasing;

/// <summary>What a plugin is asked: one JSON object on its standard input, which then ends.</summary>
/// <param name="Operation">issue, extend, revoke, terminate or enumerate.</param>
/// <param name="Until">When the account ends by itself; for issue and extend.</param>
public sealed record PluginQuestion(
    int Version, string Operation, string? Account, string? Prefix, DateTimeOffset? Until,
    SortedDictionary<string, string> Settings, AdminAccount Admin);

/// <summary>What it answers: one JSON object on its standard output, and status 0.</summary>
/// <param name="Files">Names and contents in base64, for the folder of the profile in the sandbox.</param>
/// <param name="Secrets">What is masked in the output of the run.</param>
/// <param name="Connections">How many were cut.</param>
/// <param name="Error">down, slow, denied, unsafe or fault; anything else counts as fault.</param>
public sealed record PluginAnswer(
    string? Fingerprint = null, SortedDictionary<string, string>? Files = null, ImmutableArray<string>? Secrets = null,
    int? Connections = null, ImmutableArray<string>? Accounts = null, string? Error = null);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(PluginQuestion))]
[JsonSerializable(typeof(PluginAnswer))]
sealed partial class PluginJson : JsonSerializerContext;

/// <summary>
/// A program of the operator's that mints and revokes. It is started anew for each question, with an empty environment,
/// and has until the call's deadline; what it says beyond its answer is nowhere kept.
/// </summary>
sealed class PluginBackend(CredentialProfile profile, CredentialBackend.Plugin plugin, AdminFiles admins)
    : ICredentialBackend
{
    const int Version = 1;
    const int AnswerMax = 4 << 20;
    const int FilesMax = 8;
    const int FileMax = 16 << 10;
    const int OthersMayChange = 0x12;
    const int AnyExecute = 0x49;

    public async Task<IssuedCredential> Issue(string account, DateTimeOffset until, CancellationToken cancel)
    {
        var answer = await Ask("issue", account, null, until, cancel);
        if (answer.Fingerprint is not { Length: > 0 and <= 128 } fingerprint)
            throw Broken("gave no fingerprint");
        // The fingerprint goes into the record for ever.
        if ((answer.Secrets ?? []).Any(s => s.Length > 0 && fingerprint.Contains(s, StringComparison.Ordinal)))
            throw Broken("gave a secret as its fingerprint");
        var files = answer.Files ?? [];
        if (files.Count > FilesMax || !files.Keys.All(CredentialProfile.IsName))
            throw Broken("gave files with names that are none");
        return new IssuedCredential(
            fingerprint, [.. files.Select(f => new DeliveredFile(f.Key, Content(f.Value)))], answer.Secrets ?? [],
            Token: answer.Secrets is [var first, ..] ? first : null);
    }

    public Task Extend(string account, DateTimeOffset until, CancellationToken cancel) =>
        Ask("extend", account, null, until, cancel);

    public async Task<int> Revoke(string account, CancellationToken cancel) =>
        (await Ask("revoke", account, null, null, cancel)).Connections ?? 0;

    public async Task<int> TerminateSessions(string account, CancellationToken cancel) =>
        (await Ask("terminate", account, null, null, cancel)).Connections ?? 0;

    public async Task<ImmutableArray<string>> Enumerate(string prefix, CancellationToken cancel) =>
        (await Ask("enumerate", null, prefix, null, cancel)).Accounts is { IsDefault: false } accounts
            && accounts.Length <= ICredentialBackend.EnumeratedMax
            ? accounts
            : throw Broken("listed no accounts, or too many");

    async Task<PluginAnswer> Ask(
        string operation, string? account, string? prefix, DateTimeOffset? until, CancellationToken cancel)
    {
        var question = new PluginQuestion(
            Version, operation, account, prefix, until,
            new SortedDictionary<string, string>(
                plugin.Settings.ToDictionary(s => s.Name, s => s.Value), StringComparer.Ordinal),
            admins.Read(profile.Admin));
        using var process = Start();
        try
        {
            var output = ReadAll(process.StandardOutput.BaseStream, AnswerMax, cancel);
            var errors = process.StandardError.BaseStream.CopyToAsync(Stream.Null, cancel);
            await using (var input = process.StandardInput.BaseStream)
                await JsonSerializer.SerializeAsync(input, question, PluginJson.Default.PluginQuestion, cancel);
            var bytes = await output;
            await process.WaitForExitAsync(cancel);
            await errors;
            if (process.ExitCode != 0)
                throw Broken($"ended with status {process.ExitCode}");
            return Read(bytes);
        }
        catch (IOException e)
        {
            throw new BackendFaultException(
                "lease.backend-fault", $"Plugin {plugin.Program} ended before it was asked.", e);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    PluginAnswer Read(byte[] bytes)
    {
        PluginAnswer? answer;
        try
        {
            answer = JsonSerializer.Deserialize(bytes, PluginJson.Default.PluginAnswer);
        }
        catch (JsonException)
        {
            throw Broken("answered with something else than was asked for");
        }
        return answer switch
        {
            null => throw Broken("answered with nothing"),
            // A null among them would be met far from here.
            { Files: { } files } when files.ContainsValue(null!) => throw Broken("gave a file without content"),
            { Secrets: { } s } when s.IsDefault || s.Contains(null!) => throw Broken("gave a secret without a value"),
            { Accounts: { } a } when a.IsDefault || a.Contains(null!) => throw Broken("listed a nameless account"),
            { Error: null } => answer,
            { Error: "down" or "slow" or "denied" or "unsafe" } => throw new BackendFaultException(
                $"lease.backend-{answer.Error}", $"Plugin {plugin.Program} says {answer.Error}."),
            _ => throw Broken("says that it failed"),
        };
    }

    // Nobody but who runs the daemon may have written what holds its credentials.
    Process Start()
    {
        var path = Path.Combine(admins.Folder, "plugins", plugin.Program);
        if (Files.TryFacts(path) is not { IsRegular: true } facts || facts.OwnerUid != ThisProcess.EffectiveUid
            || (facts.Mode & OthersMayChange) != 0 || (facts.Mode & AnyExecute) == 0)
            throw new BackendFaultException("lease.no-admin",
                $"{path} has to be an executable of the daemon's user that nobody else may write.");
        try
        {
            return BackendProgram.Start(path);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new BackendFaultException(
                "lease.backend-fault", $"Plugin {plugin.Program} cannot be started.", e);
        }
    }

    async Task<byte[]> ReadAll(Stream stream, int bytesMax, CancellationToken cancel)
    {
        using var whole = new MemoryStream();
        var buffer = new byte[16 << 10];
        for (int count; (count = await stream.ReadAsync(buffer, cancel)) > 0;)
        {
            if (whole.Length + count > bytesMax)
                throw Broken("said too much");
            whole.Write(buffer, 0, count);
        }
        return whole.ToArray();
    }

    ReadOnlyMemory<byte> Content(string base64)
    {
        var bytes = new byte[FileMax];
        return Convert.TryFromBase64String(base64, bytes, out var length)
            ? bytes.AsMemory(0, length)
            : throw Broken("gave a file that is too large, or no base64");
    }

    BackendFaultException Broken(string how) => new("lease.backend-fault", $"Plugin {plugin.Program} {how}.");
}
