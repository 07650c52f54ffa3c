using System.Text.Json.Serialization;

namespace Writ.Leases;

public abstract partial record CredentialBackend
{
    /// <summary>
    /// A certificate with which a client logs in by TLS, signed by an authority of the realm's own that signs nothing
    /// else.
    /// </summary>
    /// <param name="Names">Alternative names, each <c>dns:NAME</c>, <c>uri:URI</c> or <c>email:ADDRESS</c>.</param>
    /// <param name="Variables">Variables of the run, each with the file that it names: certificate, key or authority.
    /// </param>
    /// <param name="CommonName">Whom the server takes the run for; the account of the lease when null.</param>
    /// <param name="RevocationList">Absolute path at which the control plane keeps the list of those that were taken
    /// back; null: they end with their time.</param>
    public sealed record X509(
        ImmutableArray<string> Names, ImmutableArray<PluginSetting> Variables, string? CommonName = null,
        string? Organization = null, string? RevocationList = null)
        : CredentialBackend
    {
        const int NamesMax = 16;

        /// <summary>Of a common name and an organization (RFC 5280, appendix A.1).</summary>
        const int NameMax = 64;

        static readonly ImmutableArray<string> _kinds = ["dns", "uri", "email"];

        static readonly ImmutableArray<string> _files =
            [Delivery.CertificateFile, Delivery.CertificateKeyFile, Delivery.CertificateAuthorityFile];

        [JsonIgnore]
        public override RevocationClass Class =>
            RevocationList is null ? RevocationClass.ExpiryOnly : RevocationClass.NewLoginsOnly;

        public override string ToString() => $"x509 client {CommonName ?? "of the account's name"}"
            + (Organization is null ? "" : $" of {Organization}") + string.Concat(Names.Select(n => $" {n}"))
            + (RevocationList is null ? "" : $", list {RevocationList}")
            + string.Concat(Variables.Select(v => $", {v.Name}={v.Value}"));

        internal override bool IsWhole => IsWholly(Names) && IsWholly(Variables);

        internal override string? Problem() => !IsName(CommonName) || !IsName(Organization)
            ? $"commonName and organization have up to {NameMax} letters, digits, spaces and _ . : @ -."
            : Names.Length > NamesMax || !Names.All(IsAlternative)
                ? $"names are at most {NamesMax}: dns:NAME, uri:URI or email:ADDRESS."
            : !AreVariables(Variables, _files.Contains)
                ? $"A variable is capital letters, digits and _, changes no program, and names one of the files "
                    + $"{string.Join(", ", _files)}."
            : RevocationList is { } list && !IsAbsolutePath(list)
                ? "revocationList is an absolute path of plain characters."
            : null;

        static bool IsName(string? name) => name is null || (name.Length is > 0 and <= NameMax
            && name.All(c => char.IsAsciiLetterOrDigit(c) || c is ' ' or '_' or '.' or ':' or '@' or '-')
            && name.Trim() == name);

        // A SPIFFE ID is an identity, and given out by the issuer of those alone.
        static bool IsAlternative(string text) => text.IndexOf(':', StringComparison.Ordinal) is > 0 and var at
            && _kinds.Contains(text[..at]) && text.Length - at - 1 is > 0 and <= TextMax
            && text[(at + 1)..].All(c => c is > ' ' and <= '~' and not ('"' or '\\' or ','))
            && !text.StartsWith("uri:spiffe:", StringComparison.OrdinalIgnoreCase);
    }
}
