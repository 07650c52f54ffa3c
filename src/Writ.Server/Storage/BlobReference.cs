namespace Writ.Server.Storage;

/// <summary>
/// What an entry holds instead of bulky or personal content: the salted digest, and how long the content is without
/// its salt.
/// </summary>
public readonly record struct BlobReference(string Digest, long Bytes);

/// <summary>Content taken out of the blob store, with the salt that its digest commits to it by.</summary>
public sealed record Blob(byte[] Salt, byte[] Content);
