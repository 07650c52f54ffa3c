using System.Collections.Immutable;
using Microsoft.AspNetCore.Routing;

namespace Writ.Server.Endpoints;

/// <summary>Who may call an address. Member 0 is nobody.</summary>
public enum Who
{
    Nobody,

    /// <summary>An agent's process, on the Unix socket and nowhere else.</summary>
    AgentPeer,

    /// <summary>A member of the governing team, logged in.</summary>
    Governance,

    /// <summary>A person who is logged in.</summary>
    Person,

    /// <summary>Whoever reaches the people's listener and is not inside a session.</summary>
    Anybody,

    /// <summary>An agent on another machine, by a pass and the proof of its key. It reaches nothing of people's.
    /// </summary>
    RemoteAgent,
}

/// <summary>One reviewed line: this method on this route is for these, for this reason.</summary>
public sealed record AuthorizationLine(string Method, string Route, Who Who, string Why);

/// <summary>
/// The one place that says who may call what. An endpoint without a line, or a line without an endpoint, keeps the
/// server from starting; at run time everything that is not listed is refused.
/// </summary>
public static class AuthorizationTable
{
    public static ImmutableArray<AuthorizationLine> Lines { get; } =
    [
        new("GET", "/v1/health", Who.Anybody, "liveness"),
        new("GET", "/v1/realm", Who.Anybody, "trust-anchor"),
        new("POST", "/v1/enrol", Who.Anybody, "code"),
        new("POST", "/v1/logins", Who.Anybody, "signature"),
        new("GET", "/v1/sign-in", Who.Anybody, "public"),
        new("POST", "/v1/logins/provider", Who.Anybody, "id-token"),
        new("DELETE", "/v1/logins/{id}", Who.Person, "own"),
        new("POST", "/v1/invitations", Who.Governance, "membership"),
        new("POST", "/v1/people/{id}/offboard", Who.Governance, "membership"),
        new("GET", "/v1/document", Who.Person, "read"),
        new("POST", "/v1/changes/preview", Who.Person, "read"),
        new("POST", "/v1/changes", Who.Person, "signature"),
        new("GET", "/v1/changes", Who.Person, "read"),
        new("GET", "/v1/changes/{id}", Who.Person, "read"),
        new("POST", "/v1/changes/{id}/review", Who.Governance, "signature"),
        new("GET", "/v1/changes/{id}/evidence", Who.Person, "read"),
        new("POST", "/v1/policies/preview", Who.Person, "read"),
        new("POST", "/v1/policies/impact", Who.Person, "read"),
        new("GET", "/v1/policies", Who.Person, "read"),
        new("GET", "/v1/policies/{digest}", Who.Person, "read"),
        new("GET", "/v1/policies/{digest}/progress", Who.Person, "read"),
        new("POST", "/v1/sessions", Who.Person, "sponsor"),
        new("GET", "/v1/sessions", Who.Person, "read"),
        new("GET", "/v1/sessions/{id}", Who.Person, "read"),
        new("POST", "/v1/sessions/{id}/close", Who.Person, "stopping"),
        new("GET", "/v1/sessions/{id}/powers", Who.Person, "read"),
        new("GET", "/v1/agents/{id}/powers", Who.Person, "read"),
        new("GET", "/v1/inbox", Who.Person, "read"),
        new("GET", "/v1/requests/{id}", Who.Person, "read"),
        new("GET", "/v1/requests/{id}/conditions", Who.Person, "read"),
        new("GET", "/v1/requests/{id}/recording", Who.Person, "read"),
        new("POST", "/v1/requests/{id}/dispose", Who.Person, "signature"),
        new("GET", "/v1/held", Who.Person, "read"),
        new("GET", "/v1/runs/{id}/changes", Who.Person, "read"),
        new("GET", "/v1/runs/{id}/progress", Who.Person, "read"),
        new("GET", "/v1/runs/{id}/lists/{digest}", Who.Person, "read"),
        new("POST", "/v1/runs/{id}/commit", Who.Person, "signature"),
        new("POST", "/v1/runs/{id}/undo", Who.Person, "signature"),
        new("POST", "/v1/runs/{id}/discard", Who.Person, "stopping"),
        new("GET", "/v1/findings", Who.Person, "read"),
        new("GET", "/v1/findings/{id}", Who.Person, "read"),
        new("POST", "/v1/findings/review", Who.Person, "stopping"),
        new("POST", "/v1/findings/{id}/accept", Who.Person, "ownership"),
        new("GET", "/v1/leases", Who.Person, "read"),
        new("GET", "/v1/leases/{id}", Who.Person, "read"),
        new("POST", "/v1/leases/{id}/revoke", Who.Person, "stopping"),
        new("POST", "/v1/leases/sweep", Who.Person, "stopping"),
        new("POST", "/v1/leases/authorities/{id}", Who.Governance, "trust-anchor"),
        new("POST", "/v1/kills", Who.Person, "stopping"),
        new("POST", "/v1/kills/resume", Who.Governance, "resuming"),
        new("GET", "/.well-known/openid-configuration", Who.Anybody, "public-keys"),
        new("GET", "/.well-known/jwks.json", Who.Anybody, "public-keys"),
        new("GET", "/v1/identity/bundle", Who.Anybody, "public-keys"),
        new("GET", "/v1/identity", Who.Person, "read"),
        new("POST", "/v1/identity/rotate", Who.Governance, "stopping"),
        new("POST", "/v1/token", Who.Anybody, "token"),
        new("POST", "/v1/remote/sessions", Who.RemoteAgent, "sponsored"),
        new("GET", "/v1/remote/sessions/{id}", Who.RemoteAgent, "own"),
        new("POST", "/v1/remote/sessions/{id}/close", Who.RemoteAgent, "own"),
        new("POST", "/v1/remote/requests", Who.RemoteAgent, "ask"),
        new("GET", "/v1/remote/requests/{id}", Who.RemoteAgent, "own"),
        new("POST", "/v1/remote/requests/{id}/allow", Who.RemoteAgent, "own"),
        new("POST", "/v1/remote/requests/{id}/report", Who.RemoteAgent, "own"),
        new("GET", "/v1/events", Who.Person, "read"),
        new("GET", "/v1/doctor", Who.Person, "read"),
        new("GET", "/v1/ledger", Who.Person, "read"),
        new("GET", "/v1/ledger/tiles/{**path}", Who.Anybody, "transparency"),
        new("GET", "/openapi/{documentName}.json", Who.Anybody, "description"),
        new("GET", "/v1/agent/health", Who.AgentPeer, "liveness"),
        new("POST", "/v1/agent/hooks/{client}", Who.AgentPeer, "hook"),
        new("POST", "/v1/agent/requests", Who.AgentPeer, "ask"),
        new("GET", "/v1/agent/requests/{id}", Who.AgentPeer, "own"),
        new("GET", "/v1/agent/requests/{id}/wait", Who.AgentPeer, "own"),
        new("POST", "/v1/agent/requests/{id}/run", Who.AgentPeer, "run"),
        new("POST", "/v1/agent/run", Who.AgentPeer, "ask-and-run"),
        new("GET", "/v1/agent/session", Who.AgentPeer, "own"),
    ];

    /// <summary>
    /// Everything that table and endpoints do not agree about; empty is the only state that may serve.
    /// </summary>
    public static ImmutableArray<string> Disagreements(IEnumerable<Endpoint> endpoints)
    {
        var mapped = endpoints.SelectMany(Names).ToList();
        var listed = Lines.Select(l => $"{l.Method} {l.Route}").ToList();
        return
        [
            .. mapped.Except(listed, StringComparer.Ordinal).Order(StringComparer.Ordinal)
                .Select(name => $"{name} is mapped and has no line in the authorization table"),
            .. listed.Except(mapped, StringComparer.Ordinal).Order(StringComparer.Ordinal)
                .Select(name => $"{name} has a line in the authorization table and is not mapped"),
            .. mapped.GroupBy(n => n, StringComparer.Ordinal).Where(g => g.Count() > 1)
                .Select(g => $"{g.Key} is mapped twice"),
            .. Lines.Where(l => l.Who == Who.Nobody).Select(l => $"{l.Method} {l.Route} is for nobody"),
        ];
    }

    /// <summary>Throws before the server listens when table and endpoints disagree.</summary>
    public static void MustAgree(IEndpointRouteBuilder application)
    {
        var disagreements = Disagreements(application.DataSources.SelectMany(s => s.Endpoints));
        if (!disagreements.IsEmpty)
            throw new InvalidOperationException(string.Join("; ", disagreements) + ".");
    }

    /// <summary>The line of an endpoint and method; null means nobody may call it.</summary>
    public static AuthorizationLine? LineOf(Endpoint? endpoint, string method) =>
        endpoint is RouteEndpoint { RoutePattern.RawText: { } route }
            ? Lines.FirstOrDefault(l => l.Method == method && l.Route == Rooted(route))
            : null;

    static IEnumerable<string> Names(Endpoint endpoint)
    {
        var route = endpoint is RouteEndpoint { RoutePattern.RawText: { } text } ? Rooted(text) : endpoint.DisplayName;
        var methods = endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods;
        return methods is { Count: > 0 } ? methods.Select(m => $"{m} {route}") : [$"(any method) {route}"];
    }

    static string Rooted(string route) => route.StartsWith('/') ? route : "/" + route;
}
