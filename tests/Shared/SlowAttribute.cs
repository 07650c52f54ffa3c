using Xunit.v3;

namespace Writ.Testing;

/// <summary>
/// A test that takes seconds. <c>./build.sh test</c> runs it, and <c>./build.sh check</c>, which must stay short enough
/// to be run before every commit, leaves it out.
/// </summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Class)]
sealed class SlowAttribute : Attribute, ITraitAttribute
{
    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new("speed", "slow")];
}
