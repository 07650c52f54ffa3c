using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Connections.Features;
using Writ.Realms;
using Writ.Server.Agents;
using Writ.Server.Callers;
using Writ.Server.Foreign;
using Writ.Server.Hosting;
using Writ.Server.Sequencer;
using Writ.Sessions;

namespace Writ.Server.Endpoints;

/// <summary>
/// Stands before every endpoint: which listener, who is calling, does the table let them. Whatever is not listed is
/// refused.
/// </summary>
public sealed class Gatekeeper(
    RealmActor realm, TimeProvider clock, CallerSight sight, AgentCallers agents, AttemptLimit attempts,
    RemoteGate remote, WritdOptions options, ILogger<Gatekeeper> log)
{
    /// <summary>The key of a caller among the items of a request.</summary>
    static readonly object CallerItem = new();

    static readonly object PeersItem = new();

    public async Task Pass(HttpContext http, RequestDelegate next)
    {
        if (Refuse(http) is { } no)
        {
            if (no.Code.StartsWith("pass.", StringComparison.Ordinal)
                || no.Code.StartsWith("dpop.", StringComparison.Ordinal))
                remote.Challenge(http, no);
            await Problems.Write(http, no);
        }
        else
            await next(http);
    }

    /// <summary>The person the gatekeeper let through; only for endpoints whose line says so.</summary>
    public static Actor.Person CallerOf(HttpContext http) => http.Items[CallerItem] as Actor.Person
        ?? throw new InvariantBrokenException("An endpoint for persons was reached without one.");

    /// <summary>The agent on another machine that the gatekeeper let through; only where the line says so.</summary>
    public static Actor.Remote RemoteOf(HttpContext http) => http.Items[CallerItem] as Actor.Remote
        ?? throw new InvariantBrokenException("An endpoint for agents elsewhere was reached without one.");

    /// <summary>True when the request came over the agents' Unix socket.</summary>
    public static bool IsAgentListener(HttpContext http) =>
        http.Features.Get<IConnectionSocketFeature>()?.Socket.AddressFamily == AddressFamily.Unix;

    Refusal? Refuse(HttpContext http)
    {
        var onAgentListener = IsAgentListener(http);
        // Before anything is said about addresses, so that a process inside a session learns nothing here.
        if (!onAgentListener && IsInsideSession(http))
            return new Refusal("person.inside-session", "The process that calls is an agent's, or was started by one.");
        if (http.GetEndpoint() is not RouteEndpoint endpoint)
            // Routing answers a body of another kind with an endpoint of its own, known by its name only.
            return http.GetEndpoint()?.DisplayName?.StartsWith("415", StringComparison.Ordinal) == true
                ? new Refusal("api.malformed", "Content-Type must be application/json.")
                : new Refusal("api.unknown", "There is no such address, or not with this method.");
        if (AuthorizationTable.LineOf(endpoint, http.Request.Method) is not { } line || line.Who == Who.Nobody)
            return new Refusal("api.not-listed", "Nobody may call this.");
        if (onAgentListener != (line.Who == Who.AgentPeer))
            return new Refusal("api.wrong-listener", onAgentListener
                ? "This is for people, and this is the agents' socket."
                : "This is for agents, and this is the people's listener.");
        return line.Who switch
        {
            Who.AgentPeer => NoteAgent(http, line),
            Who.Anybody => http.Request.Method == "POST" && !attempts.TryTake(http.Connection.RemoteIpAddress)
                ? new Refusal("api.too-many-attempts", "Too many attempts without a login from this address.")
                : null,
            Who.RemoteAgent => RequireRemote(http),
            _ => RequirePerson(http, line.Who),
        };
    }

    /// <summary>Remembers who acts as an agent; whether they may is for the agents' endpoints to say.</summary>
    Refusal? NoteAgent(HttpContext http, AuthorizationLine line)
    {
        const string hooks = "/v1/agent/hooks/{client}";
        if (AgentPeer.TryAttest(http) is { } peer)
            agents.Note(peer.Pid, line.Route == hooks
                && http.Request.RouteValues["client"] is Hooks.ClaudeCodeHook.Client ? "claude" : null);
        return null;
    }

    Refusal? RequireRemote(HttpContext http)
    {
        if (remote.Find(http, out var caller) is { } no)
            return attempts.TryTake(http.Connection.RemoteIpAddress)
                ? no
                : new Refusal("api.too-many-attempts", "Too many attempts without a login from this address.");
        http.Items[CallerItem] = caller;
        return null;
    }

    Refusal? RequirePerson(HttpContext http, Who who)
    {
        var state = realm.State;
        if (Caller(http, state) is not { } person)
            return new Refusal("person.not-logged-in", "No login that this realm honours came with the request.");
        if (!state.Registry.IsActive(person.Id))
            return new Refusal("person.offboarded", $"{person.Id} has left this realm.");
        var team = state.Registry.Document.Governance.Team;
        if (who == Who.Governance && !state.Registry.IsActiveMember(team, person.Id))
            return new Refusal("realm.not-governing", $"Only members of {team} may do this.");
        // Some of it is done by the host alone, and never decided by the realm.
        if (who == Who.Governance && state.Logins.GetValueOrDefault(person.Login)?.ByProvider == true)
            return new Refusal(
                "person.key-needed", "Who governs logs in with their device's key, not with a provider.");
        http.Items[CallerItem] = person;
        return null;
    }

    /// <summary>True while the login of this caller still holds.</summary>
    public bool StillHolds(Actor.Person person) =>
        realm.State.Logins.TryGetValue(person.Login, out var login) && login.Person == person.Id
        && login.ExpiresAt > clock.GetUtcNow() && realm.State.Registry.IsActive(person.Id);

    Actor.Person? Caller(HttpContext http, RealmState state)
    {
        const string scheme = "Bearer ";
        var header = http.Request.Headers.Authorization.ToString();
        if (header.Length > 512 || !header.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
            return null;
        var credential = header[scheme.Length..].Trim();
        var dot = credential.IndexOf('.', StringComparison.Ordinal);
        if (dot <= 0)
            return null;
        var id = new LoginId(credential[..dot]);
        var digest = People.Signatures.Sha256(credential[(dot + 1)..]);
        // An unknown login costs the same comparison as a wrong token.
        var known = state.Logins.TryGetValue(id, out var login);
        var expected = known ? login!.TokenDigest : "";
        var equal = CryptographicOperations.FixedTimeEquals(
            SHA256.HashData(Encoding.UTF8.GetBytes(digest)), SHA256.HashData(Encoding.UTF8.GetBytes(expected)));
        return equal && known && login!.ExpiresAt > clock.GetUtcNow() ? new Actor.Person(login.Person, id) : null;
    }

    bool IsInsideSession(HttpContext http)
    {
        // Neither the agents' socket nor TCP: nobody can say who that is.
        if (http.Connection.LocalIpAddress is not { } local || http.Connection.RemoteIpAddress is not { } remote)
            return true;
        // Who holds a connection is looked up once; whether they are agents is asked each time, because it can change.
        var items = http.Features.Get<IConnectionItemsFeature>()?.Items;
        if (items?.TryGetValue(PeersItem, out var known) != true || known is not ConnectionPeers peers)
        {
            peers = sight.Look(
                new IPEndPoint(local, http.Connection.LocalPort), new IPEndPoint(remote, http.Connection.RemotePort));
            if (items is not null)
                items[PeersItem] = peers;
        }
        // A session's own user is nobody else, and its opener's is an agent's while the session is open.
        var inside = sight.IsInsideSession(peers, uid =>
            (options.SessionUidRange is { } range && range.Contains(uid))
            || realm.State.Sessions.Values.Any(s => s is SessionState.Open open && open.Terms.Uid == uid));
        if (inside)
            EndpointLog.InsideSession(log, http.Request.Method, http.Request.Path, $"{peers.Kind}", peers.Uid);
        return inside;
    }
}

/// <summary>
/// How often one address may try without a login. Enrolment and login write to the ledger even when they are refused,
/// so strangers get a small number of entries a minute.
/// </summary>
public sealed class AttemptLimit(TimeProvider clock, int perMinute = AttemptLimit.PerMinute)
{
    public const int PerMinute = 60;
    const int AddressesMax = 4_096;

    readonly Lock _gate = new();
    readonly Dictionary<IPAddress, int> _taken = [];
    DateTimeOffset _windowEnds;

    public bool TryTake(IPAddress? address)
    {
        lock (_gate)
        {
            var now = clock.GetUtcNow();
            if (now >= _windowEnds)
            {
                _taken.Clear();
                _windowEnds = now + TimeSpan.FromMinutes(1);
            }
            var key = address ?? IPAddress.None;
            var taken = _taken.GetValueOrDefault(key);
            if (taken >= perMinute || (taken == 0 && _taken.Count >= AddressesMax))
                return false;
            _taken[key] = taken + 1;
            return true;
        }
    }
}
