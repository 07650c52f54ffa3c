using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging.Abstractions;
using Writ.Server.Sequencer;
using Writ.Server.Storage;
using Writ.Wire;

namespace Writ.Server.Hosting;

/// <summary>What the daemon's commands do. Exit codes: 0 done, 1 not done, 2 not understood.</summary>
static class WritdCommands
{
    public static async Task<int> Run(IReadOnlyList<string> arguments, TextWriter output, TextWriter errors)
    {
        var (command, faults) = CommandLine.Parse(arguments, Environment.GetEnvironmentVariable);
        foreach (var fault in faults)
            await errors.WriteLineAsync($"writd: {fault}");
        if (command is null)
        {
            await errors.WriteLineAsync("writd: see writd --help");
            return 2;
        }
        try
        {
            return command switch
            {
                WritdCommand.Init init => await Init(init, output, errors),
                WritdCommand.Check check => await Check(check, output),
                WritdCommand.Serve serve => await Serve(serve.Options),
                _ => await Help(output),
            };
        }
        catch (LedgerFaultException e)
        {
            await errors.WriteLineAsync($"writd: {e.Code}: {e.Message}");
            return 1;
        }
        catch (HostingException e)
        {
            await errors.WriteLineAsync($"writd: {e.Message}");
            return 1;
        }
        catch (IOException e)
        {
            // Kestrel says so when a port is taken.
            await errors.WriteLineAsync($"writd: {e.Message}");
            return 1;
        }
    }

    static async Task<int> Serve(WritdOptions options)
    {
        await using var app = Writd.Build(options);
        var realm = app.Services.GetRequiredService<RealmActor>();
        await app.RunAsync();
        return realm.Fault.IsCompleted ? 1 : 0;
    }

    static async Task<int> Init(WritdCommand.Init init, TextWriter output, TextWriter errors)
    {
        var order = new InceptionOrder(init.Name, init.Origin, new PersonId(init.Founder), init.FounderName);
        var (answer, refusal) = await Inception.Create(init.Data, order, TimeProvider.System, new IdSource());
        if (answer is null)
        {
            await errors.WriteLineAsync($"writd: {refusal!.Code}: {refusal.Why}");
            return 1;
        }
        await output.WriteLineAsync(JsonSerializer.Serialize(answer, HostingJson.Default.InceptionAnswer));
        return 0;
    }

    /// <summary>Reads every entry and decides each again, against the signed head.</summary>
    static async Task<int> Check(WritdCommand.Check check, TextWriter output)
    {
        var directory = DataDirectory.Open(check.Data);
        using var store = SqliteLedgerStore.Open(directory);
        using var keys = KeyRing.Open(directory);
        var loaded = new RealmLoader(store, keys, verify: true).Load();
        var root = Convert.ToBase64String(store.Head.Root);
        await output.WriteLineAsync(JsonSerializer.Serialize(
            new CheckAnswer(keys.Origin, loaded.Frontier.Size, root, loaded.State.Now),
                HostingJson.Default.CheckAnswer));
        return 0;
    }

    static async Task<int> Help(TextWriter output)
    {
        await output.WriteLineAsync(CommandLine.Usage);
        return 0;
    }
}

/// <summary>What <c>writd check</c> says of a ledger it found whole.</summary>
sealed record CheckAnswer(string Origin, long Entries, string Root, DateTimeOffset LastEntryAt);

/// <summary>The daemon's own answers on standard output.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, Converters = [typeof(InstantConverter)])]
[JsonSerializable(typeof(InceptionAnswer))]
[JsonSerializable(typeof(CheckAnswer))]
sealed partial class HostingJson : JsonSerializerContext;
