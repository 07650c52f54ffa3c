using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Writ.Identity;
using Writ.Testing;

namespace Writ.Benchmarks;

/// <summary>
/// How many identities one thread makes and checks in a second, and how long a workload waits for one: grpc-js in the
/// sandbox, through the realm's decision and its durable entry.
/// </summary>
static class IdentityBench
{
    const string Domain = "bench.writ.test";

    public static async Task Run(string[] arguments)
    {
        var seconds = arguments is [var given, ..] ? int.Parse(given, CultureInfo.InvariantCulture) : 3;
        Console.WriteLine("| one thread | per second |");
        Console.WriteLine("| :--- | ---: |");
        Making(TimeSpan.FromSeconds(seconds));
        Console.WriteLine();
        await Fetching();
    }

    static void Making(TimeSpan time)
    {
        var domain = TrustDomain.Parse(Domain)!.Value;
        var id = SpiffeId.Of(domain, "agent", "claude", "session", "ses-0123456789abcdef", "read")!;
        var now = TimeProvider.System.GetUtcNow();
        var ca = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var authority = new X509Authority(
            X509Svid.Authority(domain, "read", ca, now.AddMinutes(-1), now.AddDays(1), new byte[16]), ca);
        using var es256 = new TokenSigningKey(ECDsa.Create(ECCurve.NamedCurves.nistP256));
        using var rs256 = new TokenSigningKey(RSA.Create(2_048));
        var bundles = new Dictionary<TrustDomain, TrustBundle>
        {
            [domain] = new TrustBundle(
                domain, 1, TimeSpan.FromMinutes(5), [authority.Certificate.RawData], [es256.Public, rs256.Public]),
        };
        var claims = new JwtSvidClaims(
            "https://bench.writ.test", id, ["reports"], now, now.AddMinutes(10), "svid-0123456789abcdef", []);
        Rate("X.509-SVID with its key", time, () =>
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            using var svid = X509Svid.Issue(
                authority, id, new PublicKey(key), now, now.AddMinutes(10), RandomNumberGenerator.GetBytes(16));
            _ = key.ExportPkcs8PrivateKey();
        });
        Rate("JWT-SVID, ES256", time, () => JwtSvid.Issue(es256, claims));
        Rate("JWT-SVID, RS256", time, () => JwtSvid.Issue(rs256, claims));
        foreach (var key in (TokenSigningKey[])[es256, rs256])
        {
            var token = JwtSvid.Issue(key, claims);
            var rules = new ForeignTokenRules(
                null, domain, "reports", [key.Algorithm.Name], TimeSpan.FromMinutes(10));
            Rate($"foreign token checked, {key.Algorithm.Name}", time, () => Invariant.Must(
                ForeignToken.Validate(CompactToken.Parse(token).Token!, rules, [key.Public], now).Problem is null,
                "It is believed."));
            Rate($"JWT-SVID checked, {key.Algorithm.Name}", time, () =>
                Invariant.Must(JwtSvid.Validate(token, "reports", bundles, now).Problem is null, "It is believed."));
        }
    }

    static void Rate(string what, TimeSpan time, Action once)
    {
        for (var i = 0; i < 50; i++)
            once();
        var (started, count) = (Stopwatch.GetTimestamp(), 0);
        for (; Stopwatch.GetElapsedTime(started) < time; count++)
            once();
        var rate = count / Stopwatch.GetElapsedTime(started).TotalSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {what} | {rate:N0} |"));
    }

    static async Task Fetching()
    {
        var clients = Path.GetFullPath(Path.Combine("artifacts", "identity"));
        if (!Directory.Exists(Path.Combine(clients, "node_modules")))
        {
            Console.WriteLine("The clients are not installed (run the tests of identities first).");
            return;
        }
        await using var world = await AgentWorld.Create();
        var document = world.State.Registry.Document;
        await world.Apply(document with
        {
            Identity = new RealmIdentity(Domain),
            Workflows =
            [
                document.Workflows[0] with
                {
                    Identity = new IdentityGrant([IdentityTier.Read], [new IdentityAudience("reports")]),
                },
            ],
        });
        var (session, tree) = await world.OpenSession();
        using (var copy = Process.Start("cp", ["-r", clients + "/.", tree]))
            await copy.WaitForExitAsync();
        // Code that nobody has looked into runs with a person's yes only.
        var running = WritCommand.Run(world, tree, "--wait", "--", "node", "workload.mjs", "bench", "50");
        await world.ApproveNext(session);
        if (await running is { Exit: not 0 } failed)
            throw new InvalidOperationException(failed.Error);
        Console.WriteLine("| Workload API, one caller | n | p50 ms | p99 ms |");
        Console.WriteLine("| :--- | ---: | ---: | ---: |");
        Console.Write(await File.ReadAllTextAsync(Path.Combine(tree, "bench.txt")));
    }
}
