using System.Collections.Immutable;
using System.Security.Cryptography;
using Writ.Identity;
using Writ.Realms;
using Writ.Requests;
using Writ.Workflows;

namespace Writ.Tests.Identity;

/// <summary>A realm with a trust domain, and a run in it whose workflow gives it identities.</summary>
sealed record IdentityGiven(World World, Request Request, RunId Run)
{
    public const string Domain = "realm.writ.test";

    // Real keys, made once: to make RSA keys takes longer than every test.
    static readonly Lazy<ImmutableArray<(IssuerKey Key, IDisposable Secret)>> _keys = new(MakeKeys);

    public static ImmutableArray<IssuerKey> Keys => [.. _keys.Value.Select(k => k.Key)];

    public static Attestation Attested { get; } = new(
        AttestedBy.Launched, World.AgentUid, 4242, "pid:[4026532281]", "/writ/1-run-0001", "/usr/bin/node",
        new string('b', 64));

    public static IdentityGrant Grant { get; } = new(
        [IdentityTier.Read, IdentityTier.Write],
        [new IdentityAudience("reports"), new IdentityAudience("sts.amazonaws.com", Rsa: true)]);

    public static T Secret<T>(IdentityTier tier, IssuerUse use) where T : IDisposable =>
        (T)_keys.Value.Single(k => k.Key.Tier == tier && k.Key.Use == use).Secret;

    public static RealmDocument With(RealmDocument document, IdentityGrant? grant) => document with
    {
        Identity = new RealmIdentity(Domain),
        Workflows = [.. document.Workflows.Select(w => w with { Identity = grant })],
    };

    /// <summary>A run that has begun, with every key published.</summary>
    public static IdentityGiven Running(bool approved, bool published = true, IdentityGrant? grant = null)
    {
        var world = World.WithEverybody(d => With(d, grant ?? Grant));
        if (published)
            world.Must(new IdentityMove.Publish(Keys), World.Host);
        var session = world.OpenSession();
        ImmutableArray<string> argv = approved ? ["terraform", "apply"] : ["git", "status"];
        var request = Given.Exec(world, session, argv) is var asked ? asked with
        {
            Environment =
            [
                .. asked.Environment,
                .. IdentityDoor.Variables(grant ?? Grant).Select(v => new Variable(v.Name, v.Value)),
            ],
        } : throw new InvalidOperationException();
        world.Submit(request);
        if (approved)
            world.Dispose(request, "bob");
        return new IdentityGiven(world, request, world.Run(request));
    }

    public string Id(string tier) => $"spiffe://{Domain}/agent/claude/session/{Request.Session}/{tier}";

    public SvidOrder Svid(IdentityTier tier, IssuerUse use) => new(
        tier, use, Id(IdentityDoor.Word(tier)), World.State.Issuer.Current(tier, use, World.Now)?.Kid ?? "none",
        "0123456789abcdef0123456789abcdef", World.Now.AddMinutes(5));

    public IdentityMove.Issue Tokens(string audience) => new(
        Run, Request.Id,
        [Svid(IdentityTier.Read, audience.StartsWith("sts", StringComparison.Ordinal)
            ? IssuerUse.JwtRs256 : IssuerUse.JwtEs256)],
        [audience], Attested);

    public IdentityMove.Issue Certificates(params ImmutableArray<IdentityTier> tiers) =>
        new(Run, Request.Id, [.. tiers.Select(t => Svid(t, IssuerUse.X509))], [], Attested);

    static ImmutableArray<(IssuerKey, IDisposable)> MakeKeys() =>
    [
        .. Enum.GetValues<IdentityTier>().SelectMany(
            _ => Enum.GetValues<IssuerUse>(), (tier, use) => Make(tier, use, World.Start, World.Start)),
    ];

    public static (IssuerKey Key, IDisposable Secret) Make(
        IdentityTier tier, IssuerUse use, DateTimeOffset published, DateTimeOffset active)
    {
        var expires = KeyTimes.Usual.ExpiryOf(active);
        if (use == IssuerUse.JwtRs256)
        {
            var rsa = RSA.Create(2_048);
            var jwk = new TokenSigningKey(rsa);
            return (new IssuerKey(
                jwk.Kid, tier, use, Convert.ToBase64String(rsa.ExportSubjectPublicKeyInfo()), published, active,
                expires), jwk);
        }
        var ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        if (use == IssuerUse.JwtEs256)
        {
            var jwk = new TokenSigningKey(ec);
            return (new IssuerKey(
                jwk.Kid, tier, use, Convert.ToBase64String(ec.ExportSubjectPublicKeyInfo()), published, active,
                expires), jwk);
        }
        var certificate = X509Svid.Authority(
            TrustDomain.Parse(Domain)!.Value, IdentityDoor.Word(tier), ec, published.AddMinutes(-1), expires,
            RandomNumberGenerator.GetBytes(16));
        return (new IssuerKey(
            PublicKeyJwk.Of(ec).Kid!, tier, use, Convert.ToBase64String(certificate.RawData), published, active,
            expires), new X509Authority(certificate, ec));
    }
}
