using System.Text.Json.Serialization;

namespace Writ.Leases;

/// <summary>How the broker shows itself to Vault.</summary>
public enum VaultLogin
{
    /// <summary>By the role id and the secret id of its file.</summary>
    AppRole,

    /// <summary>By a token that the realm's own issuer signs for the lease.</summary>
    Jwt,
}

/// <summary>Services that give credentials out over HTTP. Beyond this machine they are asked in TLS alone.</summary>
public abstract partial record CredentialBackend
{
    const int UrlMax = 200;
    const int HourSeconds = 3_600;

    /// <summary>A dynamic secret of Vault or OpenBao, under a token that exists for this lease.</summary>
    /// <param name="Mount">Where the auth method is: <c>approle</c>, <c>jwt</c>.</param>
    /// <param name="LoginRole">The role of the JWT method; null for AppRole.</param>
    /// <param name="Audience">Of the token that the realm signs; null for AppRole.</param>
    /// <param name="TokenRole">The token role that makes each lease's own token: orphan, with the policy that may read
    /// the path.</param>
    /// <param name="Path">What is read: <c>database/creds/orders</c>.</param>
    /// <param name="Revocation">What revoking reaches, by the word of who declares it: that depends on the engine.
    /// </param>
    /// <param name="Token">The value that can be added to requests, where one can.</param>
    /// <param name="Variables">Variables of the run, each with the value whose file it names.</param>
    public sealed record Vault(
        string Url, VaultLogin Login, string Mount, string? LoginRole, string? Audience, string TokenRole, string Path,
        RevocationClass Revocation, string? Token, ImmutableArray<PluginSetting> Variables, string? Namespace = null)
        : CredentialBackend
    {
        [JsonIgnore]
        public override RevocationClass Class => Revocation;

        [JsonIgnore]
        public override bool GivesToken => Token is not null;

        public override string ToString() => $"vault {Url}{(Namespace is null ? "" : $" in {Namespace}")} {Path} by "
            + $"{Mount}{(LoginRole is null ? "" : $" {LoginRole} for {Audience}")}, token role {TokenRole}";

        internal override string Further => $", taken back: {LeaseRules.Word(Revocation)}"
            + (Token is null ? "" : $", token {Token}") + Listed(Variables);

        internal override string? Problem() => ProblemOfUrl(Url)
            ?? (!IsPath(Path) || !IsPath(Mount) || !IsPath(TokenRole) || (Namespace is not null && !IsPath(Namespace))
                ? "path, mount, tokenRole and namespace are letters, digits, '-', '_', '.' and single '/'."
            : (Login == VaultLogin.Jwt) != (LoginRole is not null && Audience is not null)
                || (Login == VaultLogin.AppRole && (LoginRole ?? Audience) is not null)
                ? "loginRole and audience belong to login: jwt."
            : LoginRole is not null && (!IsPath(LoginRole) || !IsText(Audience!))
                ? "loginRole is a plain name, and audience up to 253 visible characters."
            : Token is not null && !IsField(Token) ? "token names a value: letters, digits and '_'."
            : Variables.Length > Plugin.SettingsMost || Variables.DistinctBy(v => v.Name).Count() < Variables.Length
                || !Variables.All(v => Plugin.IsVariable(v.Name) && CredentialProfile.IsName(v.Value))
                ? "A variable is capital letters, digits and _, changes no program, and names a file."
            : null);

        static bool IsField(string text) => text.Length is > 0 and <= CredentialProfile.IdMax
            && text.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
    }

    /// <summary>Keys of an AWS role for a while, asked for with a token that the realm's issuer signs.</summary>
    /// <param name="Policy">A session policy in JSON, which can only narrow the role; null for the whole role.</param>
    public sealed record AwsSts(string Role, string Region, string Audience, string? Policy, string Url)
        : CredentialBackend
    {
        const int LeastSeconds = 900;
        const int MostSeconds = 12 * HourSeconds;
        const int PolicyMax = 2_048;

        [JsonIgnore]
        public override RevocationClass Class => RevocationClass.ExpiryOnly;

        public override string ToString() => $"aws-sts {Role} in {Region} for {Audience} at {Url}"
            + (Policy is null ? "" : $" narrowed by {Policy}");

        internal override string? Problem() => ProblemOfUrl(Url)
            ?? (Role.Length > 2_048 || Role.Split(':')
                is not ["arn", "aws" or "aws-cn" or "aws-us-gov", "iam", "", { Length: 12 } account, var name]
                || !account.All(char.IsAsciiDigit) || !name.StartsWith("role/", StringComparison.Ordinal)
                || !name.All(c => char.IsAsciiLetterOrDigit(c) || "+=,.@-_/".Contains(c, StringComparison.Ordinal))
                ? "role is arn:aws:iam::ACCOUNT:role/NAME."
            : Region.Length is 0 or > 32 || !Region.All(
                c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-')
                ? "region is one of AWS: eu-west-1."
            : !IsText(Audience) ? "audience is up to 253 visible characters."
            : Policy is not null && (Policy.Length is 0 or > PolicyMax || Policy[0] != '{'
                || Policy.Any(c => c is < ' ' or > '~'))
                ? $"policy is an object of JSON in one line, of at most {PolicyMax} characters of ASCII."
            : null);

        internal override string? ProblemOfTime(int ttl, int ttlMax) =>
            ttl is < LeastSeconds or > MostSeconds ? $"AWS gives keys for {LeastSeconds} to {MostSeconds} seconds."
            : Unrenewable(ttl, ttlMax);
    }

    /// <summary>A token of one installation of a GitHub App, for some of its repositories and permissions.</summary>
    /// <param name="App">The App's client id, or its number.</param>
    /// <param name="Repositories">Names without their owner; never all of them.</param>
    /// <param name="Permissions">Each with <c>read</c>, <c>write</c> or <c>admin</c>.</param>
    public sealed record GitHubApp(
        string Url, string App, long Installation, ImmutableArray<string> Repositories,
        ImmutableArray<PluginSetting> Permissions) : CredentialBackend
    {
        const int RulesMax = 64;

        /// <summary>Each request is looked at anew; yet a daemon that was killed has forgotten the token with which it
        /// could have taken it back.</summary>
        [JsonIgnore]
        public override RevocationClass Class => RevocationClass.NewLoginsOnly;

        [JsonIgnore]
        public override bool GivesToken => true;

        public override string ToString() => $"github-app {App} at {Url}, installation {Installation}, "
            + $"{string.Join(' ', Repositories)}: {string.Join(' ', Permissions.Select(p => $"{p.Name}={p.Value}"))}";

        internal override string? Problem() => ProblemOfUrl(Url)
            ?? (App.Length is 0 or > CredentialProfile.IdMax || !App.All(c => char.IsAsciiLetterOrDigit(c) || c == '.')
                || Installation < 1
                ? "app is a client id, and installation a number."
            : Repositories.IsEmpty || Permissions.IsEmpty || Repositories.Length + Permissions.Length > RulesMax
                ? $"repositories and permissions are named one by one, at most {RulesMax} together."
            : !Repositories.All(r => r.Length is > 0 and <= 100
                && r.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_'))
                ? "A repository is named without its owner."
            : Permissions.DistinctBy(p => p.Name).Count() < Permissions.Length
                || !Permissions.All(p => p.Value is "read" or "write" or "admin" && p.Name.Length is > 0 and <= 64
                    && p.Name.All(c => char.IsAsciiLetterLower(c) || c == '_'))
                ? "A permission is written NAME=read, NAME=write or NAME=admin, each once."
            : null);

        internal override string? ProblemOfTime(int ttl, int ttlMax) =>
            ttl > HourSeconds ? $"GitHub's tokens live {HourSeconds} seconds." : Unrenewable(ttl, ttlMax);
    }

    /// <summary>A token of a service account of Kubernetes, bound to an object that exists for this lease.</summary>
    /// <param name="Audiences">Empty for the API server's own.</param>
    public sealed record Kubernetes(
        string Url, string Namespace, string ServiceAccount, ImmutableArray<string> Audiences) : CredentialBackend
    {
        const int AudiencesMax = 4;

        /// <summary>The API server asks for the object at each request; whoever else takes the token sees its end
        /// alone.</summary>
        [JsonIgnore]
        public override RevocationClass Class =>
            Audiences.IsEmpty ? RevocationClass.NewLoginsOnly : RevocationClass.ExpiryOnly;

        [JsonIgnore]
        public override bool GivesToken => true;

        public override string ToString() => $"kubernetes {Url} {Namespace}/{ServiceAccount}"
            + string.Concat(Audiences.Select(a => $" for {a}"));

        internal override string? Problem() => ProblemOfUrl(Url)
            ?? (!IsLabel(Namespace) || !IsLabel(ServiceAccount)
                ? "namespace and serviceAccount are names of Kubernetes: a-z, 0-9 and -."
            : Audiences.Length > AudiencesMax || !Audiences.All(IsText)
                ? $"There are at most {AudiencesMax} audiences of 253 visible characters."
            : null);

        internal override string? ProblemOfTime(int ttl, int ttlMax) => Unrenewable(ttl, ttlMax);

        static bool IsLabel(string text) => text.Length is > 0 and <= 63 && text[0] != '-' && text[^1] != '-'
            && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');
    }

    static string? Unrenewable(int ttl, int ttlMax) =>
        ttlMax > ttl ? "Its credentials cannot be renewed: leave ttlMax out." : null;

    static bool IsText(string text) => text.Length is > 0 and <= TextMax && text.All(c => c is > ' ' and <= '~');

    static bool IsPath(string text) => text.Length is > 0 and <= UrlMax
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/')
        && text.Split('/').All(part => part is not ("" or "." or ".."));

    /// <summary>Where a service is, as <c>https://host[:port]</c>; <c>http</c> only on this machine.</summary>
    static string? ProblemOfUrl(string url)
    {
        const string problem = "url is https://HOST or https://HOST:PORT, with a path at most; http only on 127.0.0.1.";
        if (url.Length > UrlMax || !Uri.TryCreate(url, UriKind.Absolute, out var read) || read.UserInfo.Length > 0
            || read.Query.Length > 0 || read.Fragment.Length > 0 || url.Any(c => c is <= ' ' or > '~' or '\\' or '%')
            || url.EndsWith('/') || url.Contains("..", StringComparison.Ordinal)
            || url.IndexOf("//", StringComparison.Ordinal) != url.LastIndexOf("//", StringComparison.Ordinal))
            return problem;
        return read.Scheme == Uri.UriSchemeHttps || (read.Scheme == Uri.UriSchemeHttp && read.IsLoopback) ? null
            : problem;
    }
}
