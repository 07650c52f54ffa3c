using Writ.Realms;
using Writ.Sessions;
using Writ.Shell;

namespace Writ.Server.Agents;

/// <summary>Which session a process acts in: the one it names, else the one whose work tree it stands in.</summary>
static class SessionChoice
{
    /// <summary>The refusal, or null and the session. Whose process it is decides; its word does not.</summary>
    public static Refusal? Find(
        RealmState realm, Actor.Agent peer, SessionId? named, string cwd, DateTimeOffset now,
        out SessionState.Open session)
    {
        session = null!;
        var uid = peer.Uid;
        if (peer.Within is { } run)
            return OfSandbox(realm, run, named, now, out session);
        if (named is { } id)
        {
            if (realm.OpenSession(id) is not { } open || open.ExpiresAt <= now || open.Terms.Uid != uid)
                return new Refusal("session.unknown", $"There is no open session {id} for this user.");
            session = open;
            return null;
        }
        var directory = RealPaths.Resolve("/", cwd) ?? cwd;
        var deepest = -1;
        var tied = false;
        foreach (var open in realm.Sessions.Values.OfType<SessionState.Open>())
        {
            if (open.Terms.Uid != uid || open.ExpiresAt <= now)
                continue;
            var tree = RealPaths.Resolve("/", open.Terms.WorkTree) ?? open.Terms.WorkTree;
            if (!Paths.IsWithin(tree, directory) || tree.Length < deepest)
                continue;
            tied = tree.Length == deepest;
            deepest = tree.Length;
            session = open;
        }
        if (tied)
            return new Refusal("session.ambiguous",
                "Several open sessions cover this directory; name one in WRIT_SESSION.");
        return deepest < 0
            ? new Refusal("session.none",
                "No open session covers this directory for this user; a person opens one with: "
                + "writ session open")
            : null;
    }

    // Where it stands does not matter: in a sandbox there is one session.
    static Refusal? OfSandbox(
        RealmState realm, RunId run, SessionId? named, DateTimeOffset now, out SessionState.Open session)
    {
        session = realm.Sessions.Values.OfType<SessionState.Open>()
            .FirstOrDefault(s => s.Assistant is { Lives: true } assistant && assistant.Run == run)!;
        return session is not null && session.ExpiresAt > now && (named is null || named == session.Terms.Id)
            ? null
            : new Refusal("session.unknown", "What lives in this sandbox acts in its own session and in no other.");
    }
}
