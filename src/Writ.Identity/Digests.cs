using System.Security.Cryptography;
using System.Text;

namespace Writ.Identity;

/// <summary>How a text that must not be kept is named: by its SHA-256.</summary>
public static class Digests
{
    /// <summary>Of the UTF-8 bytes, as <c>sha256:hex</c>.</summary>
    public static string Of(string text) =>
        "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>Of the UTF-8 bytes, as JOSE writes it: base64url.</summary>
    public static string Jose(string text) =>
        System.Buffers.Text.Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
