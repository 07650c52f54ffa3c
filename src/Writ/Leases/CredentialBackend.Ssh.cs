using System.Globalization;
using System.Text.Json.Serialization;
using Writ.Egress;

namespace Writ.Leases;

public abstract partial record CredentialBackend
{
    /// <summary>
    /// An OpenSSH user certificate of an authority of the realm's own, for a key that the control plane keeps: the run
    /// gets an agent that signs logins at this host and nothing else.
    /// </summary>
    /// <param name="User">Whom the run logs in as.</param>
    /// <param name="HostKeys">By which the server is known, as <c>known_hosts</c> has them: type and base64.</param>
    /// <param name="Principals">What the certificate is for; the user when empty.</param>
    /// <param name="SourceAddresses">Networks from which it is good; everywhere when empty.</param>
    /// <param name="Extensions">What a session may beside running its command; nothing when empty.</param>
    /// <param name="Sessions">Sessions are ended and the revocation list is put at the server by the helper of
    /// <c>samples/ssh-server/</c>, reached by SSH as the profile's admin.</param>
    /// <param name="ForceCommand">All that a login can run; null leaves that open.</param>
    /// <param name="RevocationList">Absolute path of the list that the server reads, where the control plane can write
    /// it itself.</param>
    public sealed record Ssh(
        string Host, int Port, string User, ImmutableArray<string> HostKeys, ImmutableArray<string> Principals,
        ImmutableArray<string> SourceAddresses, ImmutableArray<string> Extensions, bool Sessions,
        string? ForceCommand = null, string? RevocationList = null)
        : CredentialBackend
    {
        const int ListMax = 16;
        const int NameMax = 64;
        const int HostKeyMax = 2_048;
        const int CommandMax = 1_024;

        /// <summary>The principal with which the control plane itself comes to a server; no run has it.</summary>
        public const string AdminPrincipal = "writ-admin";

        // A certificate knows these; user-rc runs what stands in a file at the server.
        static readonly ImmutableArray<string> _extensions =
            ["permit-pty", "permit-port-forwarding", "permit-agent-forwarding", "permit-X11-forwarding"];

        static readonly ImmutableArray<string> _hostKeys = ["ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"];

        /// <summary>What the certificate is for.</summary>
        [JsonIgnore]
        public ImmutableArray<string> Names => Principals.IsEmpty ? [User] : Principals;

        [JsonIgnore]
        public override RevocationClass Class => Sessions ? RevocationClass.Immediate
            : RevocationList is not null ? RevocationClass.NewLoginsOnly
            : RevocationClass.ExpiryOnly;

        public override string ToString() => $"ssh {User}@{Host}:{Port} for {string.Join(',', Names)}"
            + (ForceCommand is null ? ", any command" : $", only '{Shell.VisibleText.Of(ForceCommand)}'")
            + (SourceAddresses.IsEmpty ? "" : $", from {string.Join(',', SourceAddresses)}")
            + (Extensions.IsEmpty ? "" : $", {string.Join(',', Extensions)}")
            + (Sessions ? ", sessions ended by its admin" : "")
            + (RevocationList is null ? "" : $", list {RevocationList}")
            + $", known by {string.Join(',', HostKeys)}";

        internal override bool IsWhole => Host is not null && User is not null && IsWholly(HostKeys)
            && IsWholly(Principals) && IsWholly(SourceAddresses) && IsWholly(Extensions);

        internal override string? Problem() => ProblemOfPlace(Host, Port) is { } problem ? problem
            : Host.StartsWith('/') ? "An SSH server has a name or an address."
            : !IsUser(User) || !Principals.All(IsUser) || Principals.Length > ListMax || Names.Contains(AdminPrincipal)
                ? $"user and principals, at most {ListMax}, are names of up to {NameMax} letters, digits, _ . and -, "
                    + $"a letter or _ first; {AdminPrincipal} is none of them."
            : HostKeys.Length is 0 or > ListMax || !HostKeys.All(IsHostKey)
                ? "hostKeys is at least one 'TYPE BASE64' as known_hosts has it, of "
                    + $"{string.Join(", ", _hostKeys)}."
            : ForceCommand is { } command && (command.Length is 0 or > CommandMax || command.Any(char.IsControl))
                ? $"forceCommand is up to {CommandMax} characters without controls."
            : SourceAddresses.Length > ListMax || !SourceAddresses.All(IsNetwork)
                ? $"sourceAddresses are up to {ListMax} addresses or networks: 192.0.2.0/24."
            : !Extensions.All(e => _extensions.Contains(e)) || Extensions.Distinct().Count() < Extensions.Length
                ? $"extensions are {string.Join(", ", _extensions)}, each once."
            : RevocationList is { } list && !IsAbsolutePath(list)
                ? "revocationList is an absolute path of plain characters."
            : null;

        static bool IsUser(string name) => name.Length is > 0 and <= NameMax
            && (char.IsAsciiLetter(name[0]) || name[0] == '_')
            && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-');

        static bool IsHostKey(string line) => line.Length <= HostKeyMax && line.Split(' ') is [var type, var key]
            && _hostKeys.Contains(type) && Convert.TryFromBase64String(key, new byte[key.Length], out var length)
            && length > 4;

        // OpenSSH takes a network whose address goes on behind its prefix for none at all.
        static bool IsNetwork(string text)
        {
            if (text.Split('/') is not [var first, .. var rest] || EgressAddress.Parse(first) is not { } address)
                return false;
            var bits = address.IsV4 ? 32 : 128;
            return rest is [] || (rest is [{ Length: <= 3 } prefix]
                && int.TryParse(prefix, NumberStyles.None, CultureInfo.InvariantCulture, out var length)
                && length > 0 && length <= bits
                && (address.Value & ((UInt128.One << (bits - length)) - 1)) == 0);
        }
    }

    /// <summary>One place in a file system, in the one way it can be written.</summary>
    static bool IsAbsolutePath(string path) => path.Length is > 1 and <= TextMax && path[0] == '/' && path[^1] != '/'
        && path[1..].Split('/').All(p => p is not ("" or "." or ".."))
        && path.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '.' or '_' or '-');
}
