using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Writ.Linux;
using Writ.Policies;
using Writ.Server.Storage;
using Writ.Server.Trees;
using Writ.Testing;
using Writ.Trees;
using Writ.Workflows;

namespace Writ.Server.Tests.Trees;

/// <summary>A daemon whose workflow demands that changes are held back.</summary>
static class HeldWorld
{
    /// <summary>Everything is automatic but what is not understood, and nothing becomes real by itself.</summary>
    public const string Policy = """
        @id("all") @reason("r") @owner("sre") permit (principal, action, resource);
        @id("unclear") @reason("r") @owner("sre") @approval("team:sre")
        forbid (principal, action == Action::"unknown", resource)
        unless { context.approvals.teams.contains("sre") };
        """;

    public static readonly string Committing =
        Policy.Replace("@id(\"all\")", "@id(\"all\") @commit(\"automatic\")", StringComparison.Ordinal);

    public static async Task<AgentWorld> Create(
        string policy = Policy, Action<Microsoft.AspNetCore.Builder.WebApplicationBuilder>? adjust = null)
    {
        var world = await AgentWorld.Create(adjust, tierMin: Tier.T3, holds: true);
        await world.Apply(world.State.Registry.Document with
        {
            // The schema and the tests stay those of the world.
            Policy = new PolicySource(
            [
                .. world.State.Registry.Document.Policy.Files
                    .Where(f => !f.Name.EndsWith(".cedar", StringComparison.Ordinal)),
                new PolicyFile("test.cedar", policy),
            ]),
        });
        return world;
    }

    extension(AgentWorld world)
    {
        public string HeldPath => world.App.Services.GetRequiredService<DataDirectory>().HeldPath;

        public ImmutableArray<TreeChange> List(HeldChanges held) =>
            [.. world.App.Services.GetRequiredService<HeldStore>().ListOf(held.Summary)!.Changes.Select(c => c.Change)];

        /// <summary>Runs a script in a tree, as its owner.</summary>
        public async Task<Ended> Run(string tree, int? owner, string script)
        {
            string[] writ =
                [AgentWorld.Binary("writ"), "run", "--wait", "--", "bash", "-c", script.ReplaceLineEndings("\n")];
            if (owner is { } uid)
            {
                var text = uid.ToString(CultureInfo.InvariantCulture);
                writ = ["setpriv", "--reuid", text, "--regid", text, "--clear-groups", .. writ];
            }
            var process = WritCommand.Start(
                owner is null ? writ[0] : "/usr/bin/setpriv", writ[1..], tree, ("WRIT_SOCKET", world.Socket));
            var ended = WritCommand.Finish(process);
            while (!ended.IsCompleted)
            {
                foreach (var open in world.State.Sessions.Keys)
                    foreach (var waiting in world.Waiting(open).ToList())
                        await world.Approve(waiting);
                await Task.WhenAny(ended, Task.Delay(100));
            }
            return await ended;
        }
    }

    extension(AgentWorld world)
    {
        /// <summary>Has a person commit, with a signature over these changes.</summary>
        public async Task<TreeResult> Commit(
            HeldChanges held, PersonId person, bool executesLater = false, params ImmutableArray<string> paths)
        {
            await world.Order(held, person, executesLater, paths);
            return await world.App.Services.GetRequiredService<TreeDesk>().Commit(held.Run);
        }

        /// <summary>Has a person order a commit that nobody carries out yet.</summary>
        public async Task Order(
            HeldChanges held, PersonId person, bool executesLater = false, params ImmutableArray<string> paths)
        {
            var document = new TreeDocument(
                world.State.Origin, held.Run, TreeDocument.Commit, held.Summary.List, paths, executesLater, person,
                world.Soon());
            await world.Must(
                new TreeMove.Commit(
                    held.Run, person, document.List, paths, executesLater, document.ExpiresAt,
                    world.Sign(person, document.Render())),
                world.Person(person));
        }

        public async Task<TreeResult> Undo(HeldChanges held, PersonId person)
        {
            var document = new TreeDocument(
                world.State.Origin, held.Run, TreeDocument.Undo, held.Summary.List, [], ExecutesLater: false, person,
                world.Soon());
            await world.Must(
                new TreeMove.Undo(
                    held.Run, person, document.List, document.ExpiresAt, world.Sign(person, document.Render())),
                world.Person(person));
            return await world.App.Services.GetRequiredService<TreeDesk>().Undo(held.Run);
        }

        DateTimeOffset Soon() => DateTimeOffset.FromUnixTimeMilliseconds(
            TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds()).AddMinutes(10);
    }

    public static void Fill(string tree, int? owner)
    {
        Write("kept.txt", "kept\n");
        Write("gone.txt", "gone\n");
        Write("mode.txt", "mode\n");
        Write("becomes", "a file\n");
        Write("folder/first", "first\n");
        Write("folder/sub/second", "second\n");
        Directory.Delete(Path.Combine(tree, "folder/sub"), recursive: true);
        if (owner is null)
            return;
        using var chown = Process.Start("/usr/bin/chown",
            ["-hR", string.Create(CultureInfo.InvariantCulture, $"{owner}:{owner}"), tree]);
        chown.WaitForExit();

        void Write(string path, string text)
        {
            var file = Path.Combine(tree, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, text);
        }
    }
}

/// <summary>A whole tree as one text: names, kinds, modes, owners, content and what links say.</summary>
static class TreeText
{
    public static string Of(string tree)
    {
        var text = new StringBuilder();
        using var root = TreeFolder.Open(tree);
        Add(root, "", text);
        return text.ToString();
    }

    static void Add(TreeFolder folder, string prefix, StringBuilder text)
    {
        foreach (var name in folder.Names().Order(StringComparer.Ordinal).ToList())
        {
            var facts = folder.TryFacts(name)!.Value;
            text.Append(CultureInfo.InvariantCulture, $"{prefix}{name} {Convert.ToString(facts.Mode, 8)} ")
                .Append(CultureInfo.InvariantCulture, $"{facts.OwnerUid} {facts.IsDirectory} {facts.IsRegular} ");
            if (facts.IsLink)
                text.Append(folder.TryTarget(name));
            if (facts.IsRegular)
            {
                using var file = folder.TryRead(name)!;
                text.Append(Convert.ToHexString(SHA256.HashData(file.ReadToEnd(1 << 24))));
            }
            text.Append('\n');
            if (facts.IsDirectory)
            {
                using var inside = folder.TryEnter(name)!;
                Add(inside, prefix + name + "/", text);
            }
        }
    }
}
