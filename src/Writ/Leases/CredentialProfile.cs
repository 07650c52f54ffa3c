using System.Text.Json.Serialization;
using Writ.Wire;

namespace Writ.Leases;

/// <summary>How much a credential may do. Member 0 is the one to be most careful with.</summary>
public enum CredentialTier
{
    Deploy,
    Write,
    Read,
}

/// <summary>
/// What taking a credential back can reach, shown to whoever approves. Member 0 is the weakest: nothing.
/// </summary>
public enum RevocationClass
{
    /// <summary>It cannot be taken back; it ends with its time.</summary>
    ExpiryOnly,

    /// <summary>Nobody gets in any more; who is in stays.</summary>
    NewLoginsOnly,

    /// <summary>Nobody gets in any more, and who is in is put out.</summary>
    Immediate,
}

/// <summary>
/// One kind of credential that a target gives out, for one run at a time. Its words are the realm's, so changing them
/// takes a second person; the account that mints them is known here by a name only.
/// </summary>
/// <param name="Id">A plain name, once in a realm: lower-case letters, digits, hyphens.</param>
/// <param name="Admin">The file in <c>credentials/</c> of the data directory with which it is minted.</param>
/// <param name="Ttl">Seconds after which it ends, when nothing ends it before.</param>
/// <param name="TtlMax">Seconds up to which it is renewed while its run goes on.</param>
/// <param name="Concurrent">So many at once, those included that could not be taken back yet.</param>
public sealed record CredentialProfile(
    string Id, CredentialTier Tier, string Admin, int Ttl, int TtlMax, int Concurrent, CredentialBackend Backend)
{
    public const int PerTargetMax = 16;
    public const int PerWorkflowMax = 8;
    public const int IdMax = 40;
    public const int TtlLeast = 5;
    public const int TtlMost = 24 * 60 * 60;
    public const int ConcurrentMost = 100;

    /// <summary>SHA-256 over all of it, as <c>sha256:hex</c>: what approvers agree to.</summary>
    public string Digest() => "sha256:" + Canonical.Sha256Hex(this, WireJson.Default.CredentialProfile);

    /// <summary>What is wrong with it as a part of a document; null when nothing is.</summary>
    internal string? Problem()
    {
        if (!IsName(Id) || !IsName(Admin))
            return $"A profile and its admin are plain names: up to {IdMax} of a-z, 0-9 and -, a letter first.";
        if (Ttl is < TtlLeast or > TtlMost || TtlMax < Ttl || TtlMax > TtlMost)
            return $"ttl is {TtlLeast} to {TtlMost} seconds, and ttlMax from there to {TtlMost}.";
        return Concurrent is < 1 or > ConcurrentMost
            ? $"concurrent is 1 to {ConcurrentMost}."
            : Backend.Problem() ?? Backend.ProblemOfTime(Ttl, TtlMax);
    }

    /// <summary>It in one line; what a backend leaves out of its own is beside it where a change is shown.</summary>
    public override string ToString() => $"{Id}: {Tier.ToString().ToLowerInvariant()}, {Backend}, {Ttl} to {TtlMax} "
        + $"seconds, {Concurrent} at once, by {Admin}";

    /// <summary>A plain name: lower-case letters, digits and hyphens, a letter first.</summary>
    public static bool IsName(string name) => name.Length is > 0 and <= IdMax && char.IsAsciiLetterLower(name[0])
        && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');
}

/// <summary>One thing a plugin is told about a profile, in the open.</summary>
public sealed record PluginSetting(string Name, string Value);

/// <summary>Where a credential is minted and what it is there. Each case is what its backend needs to know.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(Postgres), "postgres")]
[JsonDerivedType(typeof(Redis), "redis")]
[JsonDerivedType(typeof(Plugin), "plugin")]
[JsonDerivedType(typeof(Ssh), "ssh")]
[JsonDerivedType(typeof(X509), "x509")]
[JsonDerivedType(typeof(Oidc), "oidc")]
[JsonDerivedType(typeof(Vault), "vault")]
[JsonDerivedType(typeof(AwsSts), "aws-sts")]
[JsonDerivedType(typeof(GitHubApp), "github-app")]
[JsonDerivedType(typeof(Kubernetes), "kubernetes")]
public abstract partial record CredentialBackend
{
    const int TextMax = 253;
    const int VariablesMax = 16;

    private CredentialBackend() { }

    /// <summary>A login role that is a member of a group role which may not log in itself.</summary>
    /// <param name="Host">A name, an address, or the absolute directory of a Unix socket.</param>
    /// <param name="Role">The group role; nothing is ever granted to the login role itself.</param>
    public sealed record Postgres(string Host, int Port, string Database, string Role) : CredentialBackend
    {
        /// <summary>Longest name in PostgreSQL, in bytes (NAMEDATALEN - 1).</summary>
        const int NameMax = 63;

        [JsonIgnore]
        public bool IsLocal => Host.StartsWith('/');

        [JsonIgnore]
        public override RevocationClass Class => RevocationClass.Immediate;

        public override string ToString() => $"postgres {Host}:{Port}/{Database} as {Role}";

        internal override string? Problem() => ProblemOfPlace(Host, Port) is { } problem ? problem
            : !IsRoleName(Database) || !IsRoleName(Role)
                ? $"database and role are names of up to {NameMax} letters, digits, _ and -."
            : null;

        static bool IsRoleName(string name) => name.Length is > 0 and <= NameMax
            && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-') && !name.StartsWith("pg_",
                StringComparison.Ordinal);
    }

    /// <summary>An ACL user of Redis with keys, channels and commands of its own. It has no end of its own there.
    /// </summary>
    /// <param name="Host">A name, an address, or the absolute path of a Unix socket.</param>
    /// <param name="Keys">Patterns of keys, without the <c>~</c> of an ACL rule.</param>
    /// <param name="Commands">Rules for commands in their order: <c>+@read</c>, <c>+set</c>, <c>-keys</c>.</param>
    /// <param name="Channels">Patterns of channels, without the <c>&amp;</c> of an ACL rule.</param>
    public sealed record Redis(
        string Host, int Port, ImmutableArray<string> Keys, ImmutableArray<string> Commands,
        ImmutableArray<string> Channels)
        : CredentialBackend
    {
        const int RulesMax = 64;

        // Whoever may do one of these may do everything, or hand what is there to somebody else.
        static readonly ImmutableArray<string> _tooMuch = ["@all", "@admin", "@dangerous", "acl", "config", "migrate"];

        [JsonIgnore]
        public bool IsLocal => Host.StartsWith('/');

        [JsonIgnore]
        public override RevocationClass Class => RevocationClass.Immediate;

        public override string ToString() => $"redis {Host}:{Port}"
            + string.Concat(Keys.Select(k => $" ~{k}")) + string.Concat(Channels.Select(c => $" &{c}"))
            + string.Concat(Commands.Select(c => $" {c}"));

        internal override string? Problem() => ProblemOfPlace(Host, Port) is { } problem ? problem
            : Keys.Length + Commands.Length + Channels.Length > RulesMax || Commands.IsEmpty
                ? $"keys, commands and channels are at most {RulesMax} together, and one command at least."
            : !Keys.Concat(Channels).All(IsPattern)
                ? $"keys and channels are patterns of up to {TextMax} visible characters of ASCII."
            : !Commands.All(IsCommand)
                ? "commands are +NAME, -NAME, +@CATEGORY or -@CATEGORY, and give nobody "
                    + $"{string.Join(", ", _tooMuch)}."
            : null;

        static bool IsPattern(string pattern) =>
            pattern.Length is > 0 and <= TextMax && pattern.All(c => c is > ' ' and <= '~');

        static bool IsCommand(string rule) => rule.Length is > 1 and <= CredentialProfile.IdMax && rule[0] is '+' or '-'
            && rule[1..].All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '@' or '-' or '|' or '_')
            && rule.LastIndexOf('@') <= 1
            && (rule[0] == '-' || !_tooMuch.Contains(rule[1..].Split('|')[0]));
    }

    /// <summary>A program of the operator's that mints and revokes by the contract of
    /// <c>docs/credentials.md</c>.</summary>
    /// <param name="Program">The name of an executable in <c>credentials/plugins/</c> of the data directory.</param>
    /// <param name="Revocation">What its revoking reaches, by the word of who declares it.</param>
    /// <param name="Settings">Given to it as they are; no secrets.</param>
    /// <param name="Variables">Variables of the run, each with the file among those it delivers that it names.</param>
    public sealed record Plugin(
        string Program, RevocationClass Revocation, ImmutableArray<PluginSetting> Settings,
        ImmutableArray<PluginSetting> Variables)
        : CredentialBackend
    {
        internal const int SettingsMost = 16;

        [JsonIgnore]
        public override RevocationClass Class => Revocation;

        /// <summary>The first of the secrets that it names.</summary>
        [JsonIgnore]
        public override bool GivesToken => true;

        public override string ToString() => $"plugin {Program}"
            + string.Concat(Settings.Select(s => $" {s.Name}={s.Value}"));

        internal override string Further => $", taken back: {LeaseRules.Word(Revocation)}{Listed(Variables)}";

        internal override string? Problem() => !CredentialProfile.IsName(Program)
            ? "A plugin's program is a plain name of up to 40 a-z, 0-9 and -."
            : Settings.Length > SettingsMost || Settings.DistinctBy(s => s.Name).Count() < Settings.Length
                || Settings.Any(s => !IsSetting(s.Name) || s.Value.Length > TextMax || s.Value.Any(char.IsControl))
                ? $"A plugin has at most {SettingsMost} settings, each once, of {TextMax} characters without controls."
            : Variables.Length > SettingsMost || Variables.DistinctBy(v => v.Name).Count() < Variables.Length
                || !Variables.All(v => IsVariable(v.Name) && CredentialProfile.IsName(v.Value))
                ? "A variable is capital letters, digits and _, changes no program, and names a file."
                : null;

        // What decides which code runs, and where, is the control plane's to say.
        internal static bool IsVariable(string name) => name.Length is > 2 and <= CredentialProfile.IdMax
            && name.All(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c) || c == '_')
            && !_reserved.Any(r => name.StartsWith(r, StringComparison.Ordinal));

        static readonly ImmutableArray<string> _reserved =
        [
            "LD_", "PATH", "HOME", "ENV", "BASH", "GIT_", "WRIT", "PAGER", "TMPDIR", "USER", "LANG", "TERM", "NODE_",
            "PYTHON", "PERL", "RUBY", "JAVA", "HTTP", "ALL_PROXY", "NO_PROXY", "TF_", "CHECKPOINT",
        ];

        static bool IsSetting(string name) => name.Length is > 0 and <= CredentialProfile.IdMax
            && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
    }

    [JsonIgnore]
    public abstract RevocationClass Class { get; }

    /// <summary>What it gives out is one text that can be added to requests outside of the sandbox.</summary>
    [JsonIgnore]
    public virtual bool GivesToken => false;

    /// <summary>What its line leaves out and people agree to as well. The line itself names a thing in findings, so it
    /// stays as it is.</summary>
    internal virtual string Further => "";

    internal abstract string? Problem();

    /// <summary>Whether nothing of it is missing, as a document that came as JSON may have it.</summary>
    internal virtual bool IsWhole => true;

    /// <summary>Variables as they are shown: NAME=VALUE, each once, none that changes a program.</summary>
    static bool AreVariables(ImmutableArray<PluginSetting> variables, Func<string, bool> isValue) =>
        variables.Length <= VariablesMax && variables.DistinctBy(v => v.Name).Count() == variables.Length
        && variables.All(v => Plugin.IsVariable(v.Name) && isValue(v.Value));

    static bool IsWholly(ImmutableArray<PluginSetting> settings) =>
        !settings.IsDefault && settings.All(s => s is { Name: not null, Value: not null });

    static bool IsWholly(ImmutableArray<string> texts) => !texts.IsDefault && texts.All(t => t is not null);

    static string Listed(ImmutableArray<PluginSetting> variables) =>
        string.Concat(variables.Select(v => $", {v.Name}={v.Value}"));

    /// <summary>Why its credentials cannot live so long, or not so briefly; null when they can.</summary>
    internal virtual string? ProblemOfTime(int ttl, int ttlMax) => null;

    static string? ProblemOfPlace(string host, int port) =>
        host.Length is 0 or > TextMax || !host.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or ':'
            or '/' or '_') || (host.Contains('/', StringComparison.Ordinal) && !host.StartsWith('/'))
            ? "host is a name, an address, or an absolute path: the directory of PostgreSQL's socket, Redis's socket."
        : port is < 1 or > 65_535 ? "A port is 1 to 65,535."
        : null;
}
