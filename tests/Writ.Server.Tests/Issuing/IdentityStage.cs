using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Writ.Identity;
using Writ.Testing;

namespace Writ.Server.Tests.Issuing;

/// <summary>A realm that gives identities, and the clients from npm in its work trees.</summary>
static class IdentityStage
{
    public const string Domain = "realm.writ.test";

    public const string Partner = "partner.test";

    // Somebody else's keys: an authority, as it would stand in a realm's files.
    static string PartnerBundle()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var domain = TrustDomain.Parse(Partner)!.Value;
        using var authority = X509Svid.Authority(
            domain, "root", key, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(1), new byte[16]);
        return Encoding.UTF8.GetString(new TrustBundle(
            domain, 1, TimeSpan.FromMinutes(5), [authority.RawData], [PublicKeyJwk.Of(key)]).ToSpiffe());
    }

    public static string Source => Path.Combine(SharedData.RepositoryRoot, "tests", "identity");

    public static string Installed { get; } = Path.Combine(SharedData.RepositoryRoot, "artifacts", "identity");

    static readonly Lazy<bool> _install = new(Install);

    public static async Task<AgentWorld> World(params IdentityTier[] tiers)
    {
        if (!File.Exists("/usr/bin/node") || !File.Exists("/usr/bin/npm") || !File.Exists("/usr/bin/openssl"))
            SharedData.Unavailable("node, npm or openssl is not installed");
        Assert.True(_install.Value);
        var world = await AgentWorld.Create();
        var document = world.State.Registry.Document;
        await world.Apply(document with
        {
            Identity = new RealmIdentity(Domain, Federates: [new FederatedDomain(Partner, PartnerBundle())]),
            Workflows =
            [
                .. document.Workflows.Select(w => w with
                {
                    Identity = new IdentityGrant(
                        [.. tiers.DefaultIfEmpty(IdentityTier.Read)],
                        [new IdentityAudience("reports"), new IdentityAudience("sts.amazonaws.com", Rsa: true)]),
                }),
            ],
        });
        return world;
    }

    /// <summary>A session whose work tree holds the clients.</summary>
    public static async Task<(SessionId Session, string Tree)> Open(AgentWorld world)
    {
        var (session, tree) = await world.OpenSession();
        foreach (var file in Directory.GetFiles(Source))
            File.Copy(file, Path.Combine(tree, Path.GetFileName(file)));
        using var copy = Process.Start("cp", ["-r", Path.Combine(Installed, "node_modules"), tree]);
        await copy.WaitForExitAsync();
        return (session, tree);
    }

    /// <summary>A run of the client inside the sandbox, approved; what it printed, line by line.</summary>
    public static async Task<JsonElement[]> Run(
        AgentWorld world, (SessionId Session, string Tree) place, params string[] mode)
    {
        var running = Start(world, place, mode);
        await world.ApproveNext(place.Session);
        return Lines(await running);
    }

    public static Task<Ended> Start(
        AgentWorld world, (SessionId Session, string Tree) place, params string[] mode) =>
        WritCommand.Run(world, place.Tree, ["--wait", "--", "node", "workload.mjs", .. mode]);

    public static JsonElement[] Lines(Ended ended)
    {
        Assert.True(ended.Exit == 0, $"{ended.Exit}: {ended.Out}{ended.Error}");
        return
        [
            .. ended.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(l => JsonDocument.Parse(l).RootElement),
        ];
    }

    /// <summary>What anybody reads from the people's listener.</summary>
    public static async Task<string> Get(AgentWorld world, string path)
    {
        var address = world.App.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!
            .Addresses.First(a => a.StartsWith("http://127", StringComparison.Ordinal));
        using var client = new HttpClient();
        return await client.GetStringAsync(new Uri(address + path));
    }

    static bool Install()
    {
        Directory.CreateDirectory(Installed);
        foreach (var file in Directory.GetFiles(Source))
            File.Copy(file, Path.Combine(Installed, Path.GetFileName(file)), overwrite: true);
        if (Directory.Exists(Path.Combine(Installed, "node_modules", "jose")))
            return true;
        using var npm = Process.Start(new ProcessStartInfo(
            "npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"])
        { WorkingDirectory = Installed })!;
        npm.WaitForExit();
        return npm.ExitCode == 0;
    }
}
