using System.Collections.Immutable;
using Writ.Leases;
using Writ.Requests;
using Writ.Wire;

namespace Writ.Cli.Screens;

/// <summary>Credentials as people see them: before a yes, while they live, and what became of them.</summary>
static class LeaseScreen
{
    /// <summary>Credentials in a table, with what can be done about one.</summary>
    public static Page Of(ImmutableArray<LeaseView> views, DateTimeOffset now)
    {
        var page = new Page().Table(
        [
            ["lease", "state", "profile", "tier", "target", "run", "ends or ended"],
            .. views.Select(v => Row(v, now)),
        ]);
        page.Blank().Text("One of them: writ lease show LEASE");
        return views.Any(v => v.Code is null)
            ? page.Text("End one before its run does: writ lease revoke LEASE --reason WHY")
            : page;
    }

    public static Page Of(LeaseView view, DateTimeOffset now)
    {
        var page = new Page().Heading(
            $"Lease {view.Id}: {view.State}{(view.Code is { } code ? $" ({code})" : "")}");
        page.Field("profile", $"{view.Profile}, {Word(view.Tier)}, at target {view.Target}");
        page.Field("account", view.Account).Field("fingerprint", view.Fingerprint);
        page.Field("if revoked", Words(view.Revocation));
        page.Field("for", $"run {view.Run} of request {view.Request}");
        page.Field("session", view.Session?.Value);
        page.Field("asked for", Moments.Text(view.RequestedAt));
        if (view.IssuedAt is { } issued)
            page.Field("issued", Moments.Text(issued));
        if (view.ExpiresAt is { } expires)
            page.Field("ends", $"{Moments.Text(expires)} ({Moments.Left(expires, now)}), renewed while its run goes on "
                + $"up to {Moments.Text(view.Until)}");
        if (view.Since is { } since)
            page.Field("over since", Moments.Text(since));
        if (view.Cut is > 0 and var cut)
            page.Field("connections cut", $"{cut}");
        if (view.Fault is { } fault)
            page.Bad($"  It could not be taken back: {fault}. It is tried until it works.");
        if (view.State == "revoking")
            page.Warning("  It is over here, and its backend has not confirmed that yet.");
        if (view.Code is null)
            page.Blank().Text($"End it before its run does: writ lease revoke {view.Id} --reason WHY");
        page.Blank().Text($"What it was made for: writ show {view.Request}");
        return page;
    }

    public static Page Of(LeaseSweep sweep)
    {
        var page = new Page();
        page.Text($"Looked through {Counted(sweep.Backends, "backend")}: {Counted(sweep.Accounts, "account")} of this "
            + "realm.");
        if (sweep.Orphans > 0)
            page.Warning($"{Counted(sweep.Orphans, "account")} belonged to no lease and {Are(sweep.Orphans)} removed.");
        if (sweep.Gone > 0)
            page.Warning($"{Counted(sweep.Gone, "lease")} had lost the account and {Are(sweep.Gone)} over.");
        if (sweep.Orphans + sweep.Gone > 0)
            page.Text("Each is a finding: writ findings");
        else if (sweep.Failed.IsEmpty)
            page.Good("Accounts and leases belong together; nothing was left over.");
        foreach (var failed in sweep.Failed)
            page.Bad($"The backend of profile {failed.Profile} did not answer [{failed.Code}].");
        return page;
    }

    static string Counted(int count, string what) => count == 1 ? $"1 {what}" : $"{count} {what}s";

    static string Are(int count) => count == 1 ? "is" : "are";

    static string[] Row(LeaseView view, DateTimeOffset now) =>
    [
        view.Id.Value, view.Code is { } code ? $"{view.State}, {code[(code.IndexOf('.') + 1)..]}" : view.State,
        view.Profile, Word(view.Tier),
        view.Target.Value, view.Run.Value, view.ExpiresAt is { } until && view.Code is null ? Moments.Left(until, now)
            : view.Since is { } since ? Moments.Text(since) : "",
    ];

    /// <summary>What a run would be given. Each profile is compared with the digest under which people sign.</summary>
    public static void Promised(Page page, RequestView view)
    {
        var bound = view.Request.Environment.FirstOrDefault(v => v.Name == LeaseRules.Variable)?.Value;
        if (view.Credentials is not { } profiles)
        {
            if (bound is not null && view.State is "waiting" or "ready")
                page.Bad("  Its environment names credentials that the control plane does not show.");
            return;
        }
        foreach (var (target, profile) in profiles)
        {
            page.Field("credential", $"{profile.Id}: {Word(profile.Tier)} at target {target}, {profile.Backend}");
            page.Field("", $"for {profile.Ttl} seconds{(profile.TtlMax > profile.Ttl
                ? $", renewed while it runs up to {profile.TtlMax}" : "")}, {Words(profile.Backend.Class)}");
        }
        if (view.State is "waiting" or "ready" && bound != LeaseRules.Bound(profiles))
            page.Bad("  These are not the credentials that the request names; it will not run with them.");
    }

    /// <summary>What a run was given, and what became of it.</summary>
    public static void Given(Page page, RequestView view)
    {
        if (view.Leases is not { } leases)
            return;
        page.Blank().Heading("Which credentials it had");
        foreach (var lease in leases)
        {
            var line = $"  {lease.Id}: {lease.Profile}, {Word(lease.Tier)} at {lease.Target}: {lease.State}"
                + (lease.Code is { } code ? $" ({code})" : "");
            if (lease.State == "revocation-failed")
                page.Bad(line);
            else
                page.Text(line);
            page.Field("account", lease.Account + (lease.Fingerprint is { } print ? $", secret {print}" : ""));
            if (lease.IssuedAt is { } issued)
                page.Field("lived", $"from {Moments.Text(issued)}"
                    + (lease.Since is { } since ? $" to {Moments.Text(since)}" : "")
                    + (lease.Cut is > 0 and var cut ? $", {cut} connections cut" : ""));
        }
    }

    static string Word(CredentialTier tier) => tier.ToString().ToLowerInvariant();

    static string Words(RevocationClass revocation) => revocation switch
    {
        RevocationClass.Immediate => "can be taken back at once, with who is connected",
        RevocationClass.NewLoginsOnly => "can be taken back for new logins only: who is connected stays",
        _ => "cannot be taken back: it ends with its time",
    };
}
