using System.Text.Json.Serialization;
using Writ.Egress;
using Writ.Hooks;
using Writ.Realms;
using Writ.Requests;

namespace Writ.Sessions;

/// <summary>
/// From where text came into a session that its sponsor did not write. Whatever an assistant reads may be instructions
/// in disguise; what counts is who could have written it. Several may hold.
/// </summary>
[Flags]
[JsonConverter(typeof(JsonStringEnumConverter<ContentOrigins>))]
public enum ContentOrigins
{
    None = 0,

    /// <summary>Files and history of the work tree, or of another repository on this machine.</summary>
    Repository = 1,

    /// <summary>What services, databases and clusters answer: rows, logs, tickets.</summary>
    Service = 2,

    /// <summary>Packages, and what installing them prints.</summary>
    Package = 4,

    /// <summary>Tools that Writ cannot look into: MCP servers, messages.</summary>
    Tool = 8,

    /// <summary>Whatever an address on the network answers.</summary>
    Web = 16,
}

/// <summary>What marks a session, and how long the mark holds: to its end, and in every session opened from
/// it.</summary>
public static class Provenance
{
    /// <summary>Strangers can write it.</summary>
    public const ContentOrigins Untrusted = ContentOrigins.Package | ContentOrigins.Tool | ContentOrigins.Web;

    public const ContentOrigins All = Untrusted | ContentOrigins.Repository | ContentOrigins.Service;

    /// <summary>What comes in when these effects take place: it is counted before they do.</summary>
    public static ContentOrigins Of(Ask ask, ImmutableArray<Effect> effects)
    {
        var found = ask is Ask.CallTool tool && ToolTable.BringsContent(tool.Tool)
            ? ContentOrigins.Tool
            : ContentOrigins.None;
        foreach (var effect in effects)
            found |= effect.Verb switch
            {
                Verbs.NetConnect or Verbs.CodeFetch => ContentOrigins.Web,
                Verbs.PackageInstall => ContentOrigins.Package,
                Verbs.FsRead or Verbs.RepoRead or Verbs.SecretRead => ContentOrigins.Repository,
                Verbs.InfraRead or Verbs.ServiceRead => ContentOrigins.Service,
                _ => ContentOrigins.None,
            };
        return found;
    }

    /// <summary>What came in through a run's way out. Connections that have no tally may have brought something.
    /// </summary>
    /// <param name="model">Where an assistant's own model answers: what that says is the assistant's, not a stranger's.
    /// </param>
    public static ContentOrigins Of(EgressBatch batch, ImmutableArray<string> model) =>
        batch.Elsewhere > 0 || batch.Tallies.Any(t => t.BytesReceived > 0
            && !model.Contains(new EgressDestination(t.Host, t.Port).ToString()))
            ? ContentOrigins.Web
            : ContentOrigins.None;

    /// <summary>Of an open session and of all that it was opened from; nothing of one that has ended.</summary>
    public static ContentOrigins Of(RealmState realm, SessionId session)
    {
        var found = ContentOrigins.None;
        SessionId? at = session;
        for (var depth = 0; at is { } id && depth <= SessionDecider.ChainMax; depth++)
        {
            if (realm.OpenSession(id) is not { } open)
                break;
            found |= open.Content;
            at = open.Terms.Parent;
        }
        return found;
    }

    /// <summary>The words that policies, tests and screens use: <c>web</c>, <c>package</c>, ...</summary>
    public static ImmutableArray<string> Names(ContentOrigins content) =>
    [
        .. Enum.GetValues<ContentOrigins>().Where(o => o != 0 && content.HasFlag(o))
            .Select(o => o.ToString().ToLowerInvariant()),
    ];

    public static string Words(ContentOrigins content) => string.Join(", ", Names(content));

    /// <summary>From such words; null when one of them is none.</summary>
    public static ContentOrigins? From(IEnumerable<string> names)
    {
        var found = ContentOrigins.None;
        foreach (var name in names)
        {
            if (name.Length == 0 || char.IsAsciiDigit(name[0]) || name.Contains(',', StringComparison.Ordinal)
                || !Enum.TryParse<ContentOrigins>(name, ignoreCase: true, out var one) || one == 0)
                return null;
            found |= one;
        }
        return found;
    }
}
