using System.Collections.Immutable;

namespace Writ.Identity.Ssh;

/// <summary>What a user certificate says (PROTOCOL.certkeys of OpenSSH), beside whose key it is for and who signs it.
/// </summary>
/// <param name="KeyId">Stands in the server's log, and in lists of what was taken back.</param>
/// <param name="ForceCommand">All that a login runs; null leaves it open.</param>
/// <param name="SourceAddresses">Networks; empty is everywhere.</param>
/// <param name="Extensions">What a session may beside running its command.</param>
public sealed record SshCertificateClaims(
    ulong Serial, string KeyId, ImmutableArray<string> Principals, DateTimeOffset From, DateTimeOffset To,
    string? ForceCommand, ImmutableArray<string> SourceAddresses, ImmutableArray<string> Extensions);

/// <summary>User certificates for SSH: how they are made.</summary>
public static class SshCertificate
{
    public const string Type = "ecdsa-sha2-nistp256-cert-v01@openssh.com";

    const uint OfUser = 1;

    /// <summary>A certificate as it travels.</summary>
    /// <param name="nonce">Bytes that nobody can guess, 16 at least, so that nobody can choose what is signed.</param>
    /// <exception cref="ArgumentException">It is for nobody: OpenSSH takes no principals as all of them.</exception>
    public static byte[] Issue(
        SshKey authority, SshKey subject, SshCertificateClaims claims, ReadOnlySpan<byte> nonce)
    {
        if (claims.Principals.IsEmpty)
            throw new ArgumentException("A certificate names whom it is for.", nameof(claims));
        var content = new SshWriter()
            .Text(Type).Text(nonce).Text(SshKey.Curve).Text(subject.Point)
            .Long(claims.Serial).Number(OfUser).Text(claims.KeyId).Text(Packed(claims.Principals))
            .Long((ulong)claims.From.ToUnixTimeSeconds()).Long((ulong)claims.To.ToUnixTimeSeconds())
            .Text(Options(claims)).Text(Extensions(claims)).Text([]).Text(authority.Public).ToArray();
        return new SshWriter().Raw(content).Text(authority.Sign(content)).ToArray();
    }

    /// <summary>As a <c>-cert.pub</c> file has it.</summary>
    public static string TextOf(ReadOnlySpan<byte> certificate) => $"{Type} {Convert.ToBase64String(certificate)}";

    static byte[] Packed(ImmutableArray<string> texts)
    {
        var packed = new SshWriter();
        foreach (var text in texts)
            packed.Text(text);
        return packed.ToArray();
    }

    // In the order of their names, each once; a server refuses those that it does not know.
    static byte[] Options(SshCertificateClaims claims)
    {
        var options = new SshWriter();
        if (claims.ForceCommand is { } command)
            options.Text("force-command").Text(new SshWriter().Text(command).ToArray());
        if (!claims.SourceAddresses.IsEmpty)
            options.Text("source-address")
                .Text(new SshWriter().Text(string.Join(',', claims.SourceAddresses)).ToArray());
        return options.ToArray();
    }

    static byte[] Extensions(SshCertificateClaims claims)
    {
        var extensions = new SshWriter();
        foreach (var name in claims.Extensions.Order(StringComparer.Ordinal))
            extensions.Text(name).Text([]);
        return extensions.ToArray();
    }
}
