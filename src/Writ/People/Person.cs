namespace Writ.People;

/// <summary>
/// A human who can sign, as the realm document declares them. Keys come by enrolment, never by document.
/// </summary>
public sealed record Person(PersonId Id, string Name, string? Email);

/// <summary>A named group of people; it may contain other teams, never itself.</summary>
public sealed record Team(TeamId Id, ImmutableArray<PersonId> Members, ImmutableArray<TeamId> Includes);
