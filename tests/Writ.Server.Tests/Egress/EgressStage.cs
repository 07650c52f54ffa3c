using System.Collections.Concurrent;
using System.Collections.Immutable;
using Writ.Egress;
using Writ.Server.Egress;
using Writ.Server.Holding;
using Writ.Server.Running;
using Writ.Server.Tests.Running;

namespace Writ.Server.Tests.Egress;

/// <summary>Decides by the grants and the rule of a test, and keeps what it was told.</summary>
sealed class GrantDesk(ImmutableArray<EgressGrant> grants, Func<EgressAttempt, EgressVerdict?>? rule = null)
    : IEgressDesk
{
    public ImmutableArray<EgressGrant> Grants => grants;

    /// <summary>What is added to requests.</summary>
    public ImmutableArray<HeldCredential> Held { get; init; } = [];

    public ConcurrentQueue<EgressRecord> Records { get; } = new();

    public (EgressGrant? Grant, EgressVerdict? Refused) Look(EgressDestination place) =>
        EgressGrant.For(grants, place) is { } grant
            ? (grant, null)
            : (null, EgressVerdict.Refuse("net.not-granted", "the test does not name it"));

    /// <summary>Decides in its own time, where a test says so.</summary>
    public Func<CancellationToken, Task<EgressVerdict>>? Waits { get; init; }

    public Task<EgressVerdict> Decide(
        EgressAttempt attempt, EgressAddress address, Action<HeldNotice> waits, CancellationToken gone) =>
        Waits?.Invoke(gone) ?? Task.FromResult(rule?.Invoke(attempt)
            ?? new EgressVerdict(EgressAnswer.Allowed, "net.automatic", null, "no rule forbids it", []));

    /// <summary>Where they go as well.</summary>
    public EgressRecorder? Recorder { get; init; }

    /// <summary>When they go there, where a test says so; else at once.</summary>
    public Func<Task>? RecordsAfter { get; init; }

    public async ValueTask Record(EgressRecord record)
    {
        Records.Enqueue(record);
        if (Recorder is null)
            return;
        if (RecordsAfter is not null)
            await RecordsAfter();
        await Recorder.Add(record);
    }
}

/// <summary>Names as a test has them; each question takes the next answer, the last one stays.</summary>
sealed class FixedNames(params (string Host, string[] Answers)[] names) : INameResolver
{
    readonly ConcurrentDictionary<string, int> _asked = new();

    public int Asked(string host) => _asked.GetValueOrDefault(host);

    public Task<ImmutableArray<EgressAddress>> Resolve(string host, CancellationToken cancel)
    {
        var turn = _asked.AddOrUpdate(host, 1, (_, count) => count + 1) - 1;
        var found = names.FirstOrDefault(n => n.Host == host).Answers;
        return Task.FromResult(found is null
            ? []
            : found[Math.Min(turn, found.Length - 1)].Split(' ').Select(a => EgressAddress.Parse(a)!.Value)
                .ToImmutableArray());
    }
}

/// <summary>A run in a real sandbox with a real proxy behind it.</summary>
static class EgressStage
{
    public static readonly FixedNames Local = new(
        ("site.test", ["127.0.0.1"]), ("tls.test", ["127.0.0.1"]), ("other.test", ["127.0.0.1"]));

    /// <summary>Runs a script; the records are complete when it returns.</summary>
    public static async Task<Finished> Run(
        RunningFixture fixture, string script, GrantDesk desk, INameResolver? names = null,
        EgressLimits? limits = null, string? tree = null, Func<RunPlan, RunPlan>? adjust = null,
        HostNetworks? host = null)
    {
        var seen = desk.Grants.Where(g => g.Intercepts).Select(g => g.Host).Distinct().ToArray();
        var proxy = new EgressProxy(desk, names ?? Local, limits ?? new EgressLimits(), TimeProvider.System, host)
        {
            Authority = seen.Length == 0 ? null : new RunAuthority("test", seen, TimeProvider.System.GetUtcNow()),
        };
        foreach (var held in desk.Held)
            proxy.Credentials.Add(held, isFile: true);
        if (desk.Recorder is { } recorder)
            _ = new RunEgress(proxy, recorder);
        var plan = fixture.Shell(tree ?? fixture.NewTree(), script);
        plan = plan with
        {
            Egress = proxy,
            Environment =
            [
                .. plan.Environment, .. EgressDoor.Variables.Select(v => $"{v.Name}={v.Value}"),
                .. seen.Length == 0 ? [] : EgressTrust.Variables.Select(v => $"{v.Name}={v.Value}"),
            ],
        };
        try
        {
            return await fixture.Run(fixture.Seal(adjust?.Invoke(plan) ?? plan));
        }
        finally
        {
            await proxy.DisposeAsync();
        }
    }

    /// <summary>A shell function that sends bytes to the proxy as they are, and prints what comes back.</summary>
    // The shell writes line by line and would end with the first line that nobody takes any more; cat may.
    public const string Raw = """
        raw() { exec 3<>/dev/tcp/127.0.0.1/8118; printf "$1" | cat >&3; timeout 8 cat <&3; exec 3>&-; }

        """;
}
