using System.Buffers.Text;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Writ.Agents;
using Writ.Foreign;
using Writ.Identity;
using Writ.People;
using Writ.Realms;
using Writ.Sessions;
using Writ.Tests.Identity;

namespace Writ.Tests.Foreign;

/// <summary>A realm that lets jobs of a build service, pods of a cluster and workloads of a partner in.</summary>
static class ForeignGiven
{
    public const string Ci = "https://ci.test";
    public const string Cluster = "https://cluster.test";
    public const string Partner = "partner.test";

    // Real keys, made once.
    public static ECDsa Ec { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public static TokenSigningKey Signer { get; } = new(Ec);

    public static string Keys { get; } =
        $$"""{"keys":[{"kty":"EC","crv":"P-256","kid":"{{Signer.Kid}}",{{Point(Ec)}}}]}""";

    public static string Bundle { get; } = Encoding.UTF8.GetString(new TrustBundle(
        TrustDomain.Parse(Partner)!.Value, 1, TimeSpan.FromMinutes(5), [], [Signer.Public]).ToSpiffe());

    public static TrustedIssuer Build { get; } = new(
        "ci", ForeignKind.Ci, Ci, "writ", ["ES256"], 15,
        [
            new Admission(
                new AgentId("claude"), new PersonId("carol"),
                [new("repository", "acme/shop"), new("ref", "refs/heads/main")]),
            new Admission(
                new AgentId("other"), new PersonId("alice"),
                [new("repository", "acme/deploy"), new("environment", "prod")], [new AgentId("claude")]),
        ],
        Keys);

    public static TrustedIssuer Pods { get; } = new(
        "cluster", ForeignKind.Kubernetes, Cluster, "writ", ["ES256"], 60,
        [new Admission(
            new AgentId("claude"), new PersonId("carol"), [new("namespace", "ops"), new("serviceaccount", "runner")])],
        Keys, Reusable: true);

    public static TrustedIssuer Workloads { get; } = new(
        "partner", ForeignKind.Spiffe, Partner, "writ", ["ES256"], 10,
        [new Admission(new AgentId("third"), new PersonId("dave"), [new("id", "spiffe://partner.test/bot")],
            [new AgentId("claude"), new AgentId("other"), new AgentId("third")])],
        Bundle);

    public static string Thumbprint { get; } = new('k', 43);

    public static RealmDocument With(RealmDocument document) => document with
    {
        Identity = new RealmIdentity(IdentityGiven.Domain),
        Agents = [.. document.Agents, document.Agents[0] with { Id = new AgentId("third") }],
        TrustedIssuers = [Build, Pods, Workloads],
        // Carol sponsors a caller, and somebody else has to be left to agree.
        Teams = [.. document.Teams],
    };

    public static World World() => Writ.Tests.World.WithEverybody(With);

    /// <summary>A token of the build service's, believed.</summary>
    public static Presented Job(World world, string repository = "acme/shop", string jti = "one") => new(
        "ci", Digests.Of(jti),
        [
            new("environment", "prod"), new("ref", "refs/heads/main"), new("repository", repository),
        ],
        Digests.Of(Ci + "\n" + jti), "thumbprint", world.Now.AddMinutes(-1), world.Now.AddMinutes(9));

    public static ForeignMove.Exchange Exchange(World world, Presented presented, PassId? onBehalfOf = null) => new(
        new PassId(world.NewId("pass")), presented, Thumbprint, world.Now.AddMinutes(5), onBehalfOf);

    /// <summary>A pass for a job of a repository.</summary>
    public static Actor.Remote Pass(World world, string repository = "acme/shop", PassId? onBehalfOf = null)
    {
        var id = world.NewId("jti");
        var move = Exchange(world, Job(world, repository, id), onBehalfOf);
        world.Must(move, Writ.Tests.World.Host);
        return new Actor.Remote(new AgentId(repository == "acme/shop" ? "claude" : "other"), move.Pass);
    }

    public static SessionTerms Terms(World world, Actor.Remote caller, string workflow = "release-prod") =>
        Given.Terms(new SessionId(world.NewId("session")), workflow) with
        {
            Agent = caller.Id,
            Uid = RemoteRules.NoUid,
        };

    public static SessionId Open(World world, Actor.Remote caller, string workflow = "release-prod")
    {
        var terms = Terms(world, caller, workflow);
        world.Must(new SessionMove.Open(terms), caller);
        return terms.Id;
    }

    /// <summary>A token with exactly this header and these claims, signed all the same.</summary>
    public static string Signed(string header, string claims, ECDsa? key = null)
    {
        var content = $"{Text(header)}.{Text(claims)}";
        var signature = (key ?? Ec).SignData(
            Encoding.ASCII.GetBytes(content), HashAlgorithmName.SHA256,
            DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        return $"{content}.{Base64Url.EncodeToString(signature)}";
    }

    /// <summary>The members x and y of a key.</summary>
    public static string Point(ECDsa key)
    {
        var q = key.ExportParameters(includePrivateParameters: false).Q;
        return $"\"x\":\"{Base64Url.EncodeToString(q.X)}\",\"y\":\"{Base64Url.EncodeToString(q.Y)}\"";
    }

    static string Text(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
}
