// Derived by libs/aws-query/src/derive/main.ts; do not edit.

export interface AcceleratorCount {
  readonly Min?: number | undefined;
  readonly Max?: number | undefined;
}

export interface AcceleratorCountRequest {
  readonly Min?: number | undefined;
  readonly Max?: number | undefined;
}

export interface AcceleratorTotalMemoryMiB {
  readonly Min?: number | undefined;
  readonly Max?: number | undefined;
}

export interface AcceleratorTotalMemoryMiBRequest {
  readonly Min?: number | undefined;
  readonly Max?: number | undefined;
}

export interface AccountAttribute {
  readonly AttributeName?: string | undefined;
  readonly AttributeValues?: readonly AccountAttributeValue[] | undefined;
}

export interface AccountAttributeValue {
  readonly AttributeValue?: string | undefined;
}

export interface AttachmentEnaSrdSpecification {
  readonly EnaSrdEnabled?: boolean | undefined;
  readonly EnaSrdUdpSpecification?: AttachmentEnaSrdUdpSpecification | undefined;
}

export interface AttachmentEnaSrdUdpSpecification {
  readonly EnaSrdUdpEnabled?: boolean | undefined;
}

export interface AttributeBooleanValue {
  readonly Value?: boolean | undefined;
}

export interface AttributeValue {
  readonly Value?: string | undefined;
}

export interface AuthorizeSecurityGroupEgressRequest {
  readonly TagSpecifications?: readonly TagSpecification[] | undefined;
  readonly DryRun?: boolean | undefined;
  readonly GroupId?: string | undefined;
  readonly SourceSecurityGroupName?: string | undefined;
  readonly SourceSecurityGroupOwnerId?: string | undefined;
  readonly IpProtocol?: string | undefined;
  readonly FromPort?: number | undefined;
  readonly ToPort?: number | undefined;
  readonly CidrIp?: string | undefined;
  readonly IpPermissions?: readonly IpPermission[] | undefined;
}

export interface AuthorizeSecurityGroupEgressResult {
  readonly Return?: boolean | undefined;
  readonly SecurityGroupRules?: readonly SecurityGroupRule[] | undefined;
}

export interface AuthorizeSecurityGroupIngressRequest {
  readonly CidrIp?: string | undefined;
  readonly FromPort?: number | undefined;
  readonly GroupId?: string | undefined;
  readonly GroupName?: string | undefined;
  readonly IpPermissions?: readonly IpPermission[] | undefined;
  readonly IpProtocol?: string | undefined;
  readonly SourceSecurityGroupName?: string | undefined;
  readonly SourceSecurityGroupOwnerId?: string | undefined;
  readonly ToPort?: number | undefined;
  readonly TagSpecifications?: readonly TagSpecification[] | undefined;
  readonly DryRun?: boolean | undefined;
}

export interface AuthorizeSecurityGroupIngressResult {
  readonly Return?: boolean | undefined;
  readonly SecurityGroupRules?: readonly SecurityGroupRule[] | undefined;
}

export interface AvailabilityZone {
  readonly OptInStatus?: string | undefined;
  readonly Messages?: readonly AvailabilityZoneMessage[] | undefined;
  readonly RegionName?: string | undefined;
  readonly ZoneName?: string | undefined;
  readonly ZoneId?: string | undefined;
  readonly GroupName?: string | undefined;
  readonly NetworkBorderGroup?: string | undefined;
  readonly ZoneType?: string | undefined;
  readonly ParentZoneName?: string | undefined;
  readonly ParentZoneId?: string | undefined;
  readonly GroupLongName?: string | undefined;
  readonly Geography?: readonly AvailabilityZoneGeography[] | undefined;
  readonly SubGeography?: readonly AvailabilityZoneSubGeography[] | undefined;
  readonly State?: string | undefined;
}

export interface AvailabilityZoneGeography {
  readonly Name?: string | undefined;
}

export interface AvailabilityZoneMessage {
  readonly Message?: string | undefined;
}

export interface AvailabilityZoneSubGeography {
  readonly Name?: string | undefined;
}

export interface BaselineEbsBandwidthMbps {
  readonly Min?: number | undefined;
  readonly Max?: number | undefined;
}

export interface BaselineEbsBandwidthMbpsRequest {
  readonly Min?: number | undefined;
  readonly Max?: number | undefined;
}

export interface BaselinePerformanceFactors {
  readonly Cpu?: CpuPerformanceFactor | undefined;
}

export interface BaselinePerformanceFactorsRequest {
  readonly Cpu?: CpuPerformanceFactorRequest | undefined;
}

export interface BlobAttributeValue {
  readonly Value?: Buffer | undefined;
}

export interface BlockDeviceMapping {
  readonly Ebs?: EbsBlockDevice | undefined;
  readonly NoDevice?: string | undefined;
  readonly DeviceName?: string | undefined;
  readonly VirtualName?: string | undefined;
}

export interface BlockPublicAccessStates {
  readonly InternetGatewayBlockMode?: string | undefined;
}

export interface CapacityReservationSpecification {
  readonly CapacityReservationPreference?: string | undefined;
  readonly CapacityReservationTarget?: CapacityReservationTarget | undefined;
}

export interface CapacityReservationSpecificationResponse {
  readonly CapacityReservationPreference?: string | undefined;
  readonly CapacityReservationTarget?: CapacityReservationTargetResponse | undefined;
}

export interface CapacityReservationTarget {
  readonly CapacityReservationId?: string | undefined;
  readonly CapacityReservationResourceGroupArn?: string | undefined;
}

export interface CapacityReservationTargetResponse {
  readonly CapacityReservationId?: string | undefined;
  readonly CapacityReservationResourceGroupArn?: string | undefined;
}

export interface ConnectionTrackingConfiguration {
  readonly TcpEstablishedTimeout?: number | undefined;
  readonly UdpStreamTimeout?: number | undefined;
  readonly UdpTimeout?: number | undefined;
}

export interface ConnectionTrackingSpecification {
  readonly TcpEstablishedTimeout?: number | undefined;
  readonly UdpTimeout?: number | undefined;
  readonly UdpStreamTimeout?: number | undefined;
}

export interface ConnectionTrackingSpecificationRequest {
  readonly TcpEstablishedTimeout?: number | undefined;
  readonly UdpStreamTimeout?: number | undefined;
  readonly UdpTimeout?: number | undefined;
}

export interface ConnectionTrackingSpecificationResponse {
  readonly TcpEstablishedTimeout?: number | undefined;
  readonly UdpStreamTimeout?: number | undefined;
  readonly UdpTimeout?: number | undefined;
}

export interface CpuOptions {
  readonly CoreCount?: number | undefined;
  readonly ThreadsPerCore?: number | undefined;
  readonly AmdSevSnp?: string | undefined;
  readonly NestedVirtualization?: string | undefined;
}

export interface CpuOptionsRequest {
  readonly CoreCount?: number | undefined;
  readonly ThreadsPerCore?: number | undefined;
  readonly AmdSevSnp?: string | undefined;
  readonly NestedVirtualization?: string | undefined;
}

export interface CpuPerformanceFactor {
  readonly References?: readonly PerformanceFactorReference[] | undefined;
}

export interface CpuPerformanceFactorRequest {
  readonly References?: readonly PerformanceFactorReferenceRequest[] | undefined;
}

export interface CreateKeyPairRequest {
  readonly KeyName?: string | undefined;
  readonly KeyType?: string | undefined;
  readonly TagSpecifications?: readonly TagSpecification[] | undefined;
  readonly KeyFormat?: string | undefined;
  readonly DryRun?: boolean | undefined;
}

export interface CreateLaunchTemplateRequest {
  readonly DryRun?: boolean | undefined;
  readonly ClientToken?: string | undefined;
  readonly LaunchTemplateName?: string | undefined;
  readonly VersionDescription?: string | undefined;
  readonly LaunchTemplateData?: RequestLaunchTemplateData | undefined;
  readonly Operator?: OperatorRequest | undefined;
  readonly TagSpecifications?: readonly TagSpecification[] | undefined;
}

export interface CreateLaunchTemplateResult {
  readonly LaunchTemplate?: LaunchTemplate | undefined;
  readonly Warning?: ValidationWarning | undefined;
}

export interface CreateLaunchTemplateVersionRequest {
  readonly DryRun?: boolean | undefined;
  readonly ClientToken?: string | undefined;
  readonly LaunchTemplateId?: string | undefined;
  readonly LaunchTemplateName?: string | undefined;
  readonly SourceVersion?: string | undefined;
  readonly VersionDescription?: string | undefined;
  readonly LaunchTemplateData?: RequestLaunchTemplateData | undefined;
  readonly ResolveAlias?: boolean | undefined;
}

export interface CreateLaunchTemplateVersionResult {
  readonly LaunchTemplateVersion?: LaunchTemplateVersion | undefined;
  readonly Warning?: ValidationWarning | undefined;
}

export interface CreateSecurityGroupRequest {
  readonly Description?: string | undefined;
  readonly GroupName?: string | undefined;
  readonly VpcId?: string | undefined;
  readonly TagSpecifications?: readonly TagSpecification[] | undefined;
  readonly DryRun?: boolean | undefined;
}

export interface CreateSecurityGroupResult {
  readonly GroupId?: string | undefined;
  readonly Tags?: readonly Tag[] | undefined;
  readonly SecurityGroupArn?: string | undefined;
}

export interface CreateTagsRequest {
  readonly DryRun?: boolean | undefined;
  readonly Resources?: readonly string[] | undefined;
  readonly Tags?: readonly Tag[] | undefined;
}

export interface CreditSpecification {
  readonly CpuCredits?: string | undefined;
}

export interface CreditSpecificationRequest {
  readonly CpuCredits?: string | undefined;
}

export interface DefaultConnectionTrackingConfiguration {
  readonly DefaultTcpEstablishedTimeout?: number | undefined;
  readonly DefaultUdpTimeout?: number | undefined;
  readonly DefaultUdpStreamTimeout?: number | undefined;
}

export interface DeleteKeyPairRequest {
  readonly KeyName?: string | undefined;
  readonly KeyPairId?: string | undefined;
  readonly DryRun?: boolean | undefined;
}

export interface DeleteKeyPairResult {
  readonly Return?: boolean | undefined;
  readonly KeyPairId?: string | undefined;
}

export interface DeleteLaunchTemplateRequest {
  readonly DryRun?: boolean | undefined;
  readonly LaunchTemplateId?: string | undefined;
  readonly LaunchTemplateName?: string | undefined;
}

export interface DeleteLaunchTemplateResult {
  readonly LaunchTemplate?: LaunchTemplate | undefined;
}

export interface DeleteLaunchTemplateVersionsRequest {
  readonly DryRun?: boolean | undefined;
  readonly LaunchTemplateId?: string | undefined;
  readonly LaunchTemplateName?: string | undefined;
  readonly Versions?: readonly string[] | undefined;
}

export interface DeleteLaunchTemplateVersionsResponseErrorItem {
  readonly LaunchTemplateId?: string | undefined;
  readonly LaunchTemplateName?: string | undefined;
  readonly VersionNumber?: number | undefined;
  readonly ResponseError?: ResponseError | undefined;
}

export interface DeleteLaunchTemplateVersionsResponseSuccessItem {
  readonly LaunchTemplateId?: string | undefined;
  readonly LaunchTemplateName?: string | undefined;
  readonly VersionNumber?: number | undefined;
}

export interface DeleteLaunchTemplateVersionsResult {
  readonly SuccessfullyDeletedLaunchTemplateVersions?: readonly DeleteLaunchTemplateVersionsResponseSuccessItem[] | undefined;
  readonly UnsuccessfullyDeletedLaunchTemplateVersions?: readonly DeleteLaunchTemplateVersionsResponseErrorItem[] | undefined;
}

export interface DeleteSecurityGroupRequest {
  readonly GroupId?: string | undefined;
  readonly GroupName?: string | undefined;
  readonly DryRun?: boolean | undefined;
}

export interface DeleteSecurityGroupResult {
  readonly Return?: boolean | undefined;
  readonly GroupId?: string | undefined;
}

export interface DeleteSnapshotReturnCode {
  readonly SnapshotId?: string | undefined;
  readonly ReturnCode?: string | undefined;
}

export interface DeleteTagsRequest {
  readonly DryRun?: boolean | undefined;
  readonly Resources?: readonly string[] | undefined;
  readonly Tags?: readonly Tag[] | undefined;
}

export interface DeregisterImageRequest {
  readonly ImageId?: string | undefined;
  readonly DeleteAssociatedSnapshots?: boolean | undefined;
  readonly DryRun?: boolean | undefined;
}

export interface DeregisterImageResult {
  readonly Return?: boolean | undefined;
  readonly DeleteSnapshotResults?: readonly DeleteSnapshotReturnCode[] | undefined;
}

export interface DescribeAccountAttributesRequest {
  readonly DryRun?: boolean | undefined;
  readonly AttributeNames?: readonly string[] | undefined;
}

export interface DescribeAccountAttributesResult {
  readonly AccountAttributes?: readonly AccountAttribute[] | undefined;
}

export interface DescribeAvailabilityZonesRequest {
  readonly ZoneNames?: readonly string[] | undefined;
  readonly ZoneIds?: readonly string[] | undefined;
  readonly AllAvailabilityZones?: boolean | undefined;
  readonly DryRun?: boolean | undefined;
  readonly Filters?: readonly Filter[] | undefined;
}

export interface DescribeAvailabilityZonesResult {
  readonly AvailabilityZones?: readonly AvailabilityZone[] | undefined;
}

export interface DescribeImageAttributeRequest {
  readonly Attribute?: string | undefined;
  readonly ImageId?: string | undefined;
  readonly DryRun?: boolean | undefined;
}

export interface DescribeImagesRequest {
  readonly ExecutableUsers?: readonly string[] | undefined;
  readonly ImageIds?: readonly string[] | undefined;
  readonly Owners?: readonly string[] | undefined;
  readonly IncludeDeprecated?: boolean | undefined;
  readonly IncludeDisabled?: boolean | undefined;
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
  readonly DryRun?: boolean | undefined;
  readonly Filters?: readonly Filter[] | undefined;
}

export interface DescribeImagesResult {
  readonly NextToken?: string | undefined;
  readonly Images?: readonly Image[] | undefined;
}

export interface DescribeInstanceAttributeRequest {
  readonly DryRun?: boolean | undefined;
  readonly InstanceId?: string | undefined;
  readonly Attribute?: string | undefined;
}

export interface DescribeInstanceCreditSpecificationsRequest {
  readonly DryRun?: boolean | undefined;
  readonly Filters?: readonly Filter[] | undefined;
  readonly InstanceIds?: readonly string[] | undefined;
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

export interface DescribeInstanceCreditSpecificationsResult {
  readonly InstanceCreditSpecifications?: readonly InstanceCreditSpecification[] | undefined;
  readonly NextToken?: string | undefined;
}

export interface DescribeInstanceStatusRequest {
  readonly InstanceIds?: readonly string[] | undefined;
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
  readonly IncludeManagedResources?: boolean | undefined;
  readonly DryRun?: boolean | undefined;
  readonly Filters?: readonly Filter[] | undefined;
  readonly IncludeAllInstances?: boolean | undefined;
}

export interface DescribeInstanceStatusResult {
  readonly InstanceStatuses?: readonly InstanceStatus[] | undefined;
  readonly NextToken?: string | undefined;
}

export interface DescribeInstanceTypeOfferingsRequest {
  readonly DryRun?: boolean | undefined;
  readonly LocationType?: string | undefined;
  readonly Filters?: readonly Filter[] | undefined;
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

export interface DescribeInstanceTypeOfferingsResult {
  readonly InstanceTypeOfferings?: readonly InstanceTypeOffering[] | undefined;
  readonly NextToken?: string | undefined;
}

export interface DescribeInstanceTypesRequest {
  readonly DryRun?: boolean | undefined;
  readonly InstanceTypes?: readonly string[] | undefined;
  readonly Filters?: readonly Filter[] | undefined;
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
  readonly IncludeUnsupportedInRegion?: boolean | undefined;
}

export interface DescribeInstanceTypesResult {
  readonly InstanceTypes?: readonly InstanceTypeInfo[] | undefined;
  readonly NextToken?: string | undefined;
}

export interface DescribeInstancesRequest {
  readonly InstanceIds?: readonly string[] | undefined;
  readonly IncludeManagedResources?: boolean | undefined;
  readonly DryRun?: boolean | undefined;
  readonly Filters?: readonly Filter[] | undefined;
  readonly NextToken?: string | undefined;
  readonly MaxResults?: number | undefined;
}

export interface DescribeInstancesResult {
  readonly NextToken?: string | undefined;
  readonly Reservations?: readonly Reservation[] | undefined;
}

export interface DescribeKeyPairsRequest {
  readonly KeyNames?: readonly string[] | undefined;
  readonly KeyPairIds?: readonly string[] | undefined;
  readonly IncludePublicKey?: boolean | undefined;
  readonly DryRun?: boolean | undefined;
  readonly Filters?: readonly Filter[] | undefined;
}

export interface DescribeKeyPairsResult {
  readonly KeyPairs?: readonly KeyPairInfo[] | undefined;
}

export interface DescribeLaunchTemplateVersionsRequest {
  readonly DryRun?: boolean | undefined;
  readonly LaunchTemplateId?: string | undefined;
  readonly LaunchTemplateName?: string | undefined;
  readonly Versions?: readonly string[] | undefined;
  readonly MinVersion?: string | undefined;
  readonly MaxVersion?: string | undefined;
  readonly NextToken?: string | undefined;
  readonly MaxResults?: number | undefined;
  readonly Filters?: readonly Filter[] | undefined;
  readonly ResolveAlias?: boolean | undefined;
  readonly IncludeManagedResources?: boolean | undefined;
}

export interface DescribeLaunchTemplateVersionsResult {
  readonly LaunchTemplateVersions?: readonly LaunchTemplateVersion[] | undefined;
  readonly NextToken?: string | undefined;
}

export interface DescribeLaunchTemplatesRequest {
  readonly DryRun?: boolean | undefined;
  readonly LaunchTemplateIds?: readonly string[] | undefined;
  readonly LaunchTemplateNames?: readonly string[] | undefined;
  readonly Filters?: readonly Filter[] | undefined;
  readonly NextToken?: string | undefined;
  readonly MaxResults?: number | undefined;
  readonly IncludeManagedResources?: boolean | undefined;
}

export interface DescribeLaunchTemplatesResult {
  readonly LaunchTemplates?: readonly LaunchTemplate[] | undefined;
  readonly NextToken?: string | undefined;
}

export interface DescribeNetworkInterfacesRequest {
  readonly NextToken?: string | undefined;
  readonly MaxResults?: number | undefined;
  readonly IncludeManagedResources?: boolean | undefined;
  readonly DryRun?: boolean | undefined;
  readonly NetworkInterfaceIds?: readonly string[] | undefined;
  readonly Filters?: readonly Filter[] | undefined;
}

export interface DescribeNetworkInterfacesResult {
  readonly NetworkInterfaces?: readonly NetworkInterface[] | undefined;
  readonly NextToken?: string | undefined;
}

export interface DescribeRegionsRequest {
  readonly RegionNames?: readonly string[] | undefined;
  readonly AllRegions?: boolean | undefined;
  readonly DryRun?: boolean | undefined;
  readonly Filters?: readonly Filter[] | undefined;
}

export interface DescribeRegionsResult {
  readonly Regions?: readonly Region[] | undefined;
}

export interface DescribeRouteTablesRequest {
  readonly NextToken?: string | undefined;
  readonly MaxResults?: number | undefined;
  readonly DryRun?: boolean | undefined;
  readonly RouteTableIds?: readonly string[] | undefined;
  readonly Filters?: readonly Filter[] | undefined;
}

export interface DescribeRouteTablesResult {
  readonly RouteTables?: readonly RouteTable[] | undefined;
  readonly NextToken?: string | undefined;
}

export interface DescribeSecurityGroupRulesRequest {
  readonly Filters?: readonly Filter[] | undefined;
  readonly SecurityGroupRuleIds?: readonly string[] | undefined;
  readonly DryRun?: boolean | undefined;
  readonly NextToken?: string | undefined;
  readonly MaxResults?: number | undefined;
}

export interface DescribeSecurityGroupRulesResult {
  readonly SecurityGroupRules?: readonly SecurityGroupRule[] | undefined;
  readonly NextToken?: string | undefined;
}

export interface DescribeSecurityGroupsRequest {
  readonly GroupIds?: readonly string[] | undefined;
  readonly GroupNames?: readonly string[] | undefined;
  readonly NextToken?: string | undefined;
  readonly MaxResults?: number | undefined;
  readonly DryRun?: boolean | undefined;
  readonly Filters?: readonly Filter[] | undefined;
}

export interface DescribeSecurityGroupsResult {
  readonly NextToken?: string | undefined;
  readonly SecurityGroups?: readonly SecurityGroup[] | undefined;
}

export interface DescribeSubnetsRequest {
  readonly Filters?: readonly Filter[] | undefined;
  readonly SubnetIds?: readonly string[] | undefined;
  readonly NextToken?: string | undefined;
  readonly MaxResults?: number | undefined;
  readonly DryRun?: boolean | undefined;
}

export interface DescribeSubnetsResult {
  readonly NextToken?: string | undefined;
  readonly Subnets?: readonly Subnet[] | undefined;
}

export interface DescribeTagsRequest {
  readonly DryRun?: boolean | undefined;
  readonly Filters?: readonly Filter[] | undefined;
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

export interface DescribeTagsResult {
  readonly NextToken?: string | undefined;
  readonly Tags?: readonly TagDescription[] | undefined;
}

export interface DescribeVolumesRequest {
  readonly VolumeIds?: readonly string[] | undefined;
  readonly IncludeManagedResources?: boolean | undefined;
  readonly DryRun?: boolean | undefined;
  readonly Filters?: readonly Filter[] | undefined;
  readonly NextToken?: string | undefined;
  readonly MaxResults?: number | undefined;
}

export interface DescribeVolumesResult {
  readonly NextToken?: string | undefined;
  readonly Volumes?: readonly Volume[] | undefined;
}

export interface DescribeVpcAttributeRequest {
  readonly Attribute?: string | undefined;
  readonly VpcId?: string | undefined;
  readonly DryRun?: boolean | undefined;
}

export interface DescribeVpcAttributeResult {
  readonly EnableDnsHostnames?: AttributeBooleanValue | undefined;
  readonly EnableDnsSupport?: AttributeBooleanValue | undefined;
  readonly EnableNetworkAddressUsageMetrics?: AttributeBooleanValue | undefined;
  readonly VpcId?: string | undefined;
}

export interface DescribeVpcsRequest {
  readonly Filters?: readonly Filter[] | undefined;
  readonly VpcIds?: readonly string[] | undefined;
  readonly NextToken?: string | undefined;
  readonly MaxResults?: number | undefined;
  readonly DryRun?: boolean | undefined;
}

export interface DescribeVpcsResult {
  readonly NextToken?: string | undefined;
  readonly Vpcs?: readonly Vpc[] | undefined;
}

export interface DiskInfo {
  readonly SizeInGB?: number | undefined;
  readonly Count?: number | undefined;
  readonly Type?: string | undefined;
}

export interface EbsBlockDevice {
  readonly DeleteOnTermination?: boolean | undefined;
  readonly Iops?: number | undefined;
  readonly SnapshotId?: string | undefined;
  readonly VolumeSize?: number | undefined;
  readonly VolumeType?: string | undefined;
  readonly KmsKeyId?: string | undefined;
  readonly Throughput?: number | undefined;
  readonly OutpostArn?: string | undefined;
  readonly AvailabilityZone?: string | undefined;
  readonly Encrypted?: boolean | undefined;
  readonly VolumeInitializationRate?: number | undefined;
  readonly AvailabilityZoneId?: string | undefined;
  readonly EbsCardIndex?: number | undefined;
}

export interface EbsCardInfo {
  readonly EbsCardIndex?: number | undefined;
  readonly BaselineBandwidthInMbps?: number | undefined;
  readonly BaselineThroughputInMBps?: number | undefined;
  readonly BaselineIops?: number | undefined;
  readonly MaximumBandwidthInMbps?: number | undefined;
  readonly MaximumThroughputInMBps?: number | undefined;
  readonly MaximumIops?: number | undefined;
}

export interface EbsInfo {
  readonly EbsOptimizedSupport?: string | undefined;
  readonly EncryptionSupport?: string | undefined;
  readonly EbsOptimizedInfo?: EbsOptimizedInfo | undefined;
  readonly NvmeSupport?: string | undefined;
  readonly MaximumEbsAttachments?: number | undefined;
  readonly AttachmentLimitType?: string | undefined;
  readonly MaximumEbsCards?: number | undefined;
  readonly EbsCards?: readonly EbsCardInfo[] | undefined;
}

export interface EbsInstanceBlockDevice {
  readonly AttachTime?: Date | undefined;
  readonly DeleteOnTermination?: boolean | undefined;
  readonly Status?: string | undefined;
  readonly VolumeId?: string | undefined;
  readonly AssociatedResource?: string | undefined;
  readonly VolumeOwnerId?: string | undefined;
  readonly Operator?: OperatorResponse | undefined;
  readonly EbsCardIndex?: number | undefined;
}

export interface EbsInstanceBlockDeviceSpecification {
  readonly VolumeId?: string | undefined;
  readonly DeleteOnTermination?: boolean | undefined;
}

export interface EbsOptimizedInfo {
  readonly BaselineBandwidthInMbps?: number | undefined;
  readonly BaselineThroughputInMBps?: number | undefined;
  readonly BaselineIops?: number | undefined;
  readonly MaximumBandwidthInMbps?: number | undefined;
  readonly MaximumThroughputInMBps?: number | undefined;
  readonly MaximumIops?: number | undefined;
}

export interface EbsStatusDetails {
  readonly ImpairedSince?: Date | undefined;
  readonly Name?: string | undefined;
  readonly Status?: string | undefined;
}

export interface EbsStatusSummary {
  readonly Details?: readonly EbsStatusDetails[] | undefined;
  readonly Status?: string | undefined;
}

export interface EfaInfo {
  readonly MaximumEfaInterfaces?: number | undefined;
}

export interface ElasticGpuAssociation {
  readonly ElasticGpuId?: string | undefined;
  readonly ElasticGpuAssociationId?: string | undefined;
  readonly ElasticGpuAssociationState?: string | undefined;
  readonly ElasticGpuAssociationTime?: string | undefined;
}

export interface ElasticGpuSpecification {
  readonly Type?: string | undefined;
}

export interface ElasticGpuSpecificationResponse {
  readonly Type?: string | undefined;
}

export interface ElasticInferenceAccelerator {
  readonly Type?: string | undefined;
  readonly Count?: number | undefined;
}

export interface ElasticInferenceAcceleratorAssociation {
  readonly ElasticInferenceAcceleratorArn?: string | undefined;
  readonly ElasticInferenceAcceleratorAssociationId?: string | undefined;
  readonly ElasticInferenceAcceleratorAssociationState?: string | undefined;
  readonly ElasticInferenceAcceleratorAssociationTime?: Date | undefined;
}

export interface EnaSrdSpecification {
  readonly EnaSrdEnabled?: boolean | undefined;
  readonly EnaSrdUdpSpecification?: EnaSrdUdpSpecification | undefined;
}

export interface EnaSrdSpecificationRequest {
  readonly EnaSrdEnabled?: boolean | undefined;
  readonly EnaSrdUdpSpecification?: EnaSrdUdpSpecificationRequest | undefined;
}

export interface EnaSrdUdpSpecification {
  readonly EnaSrdUdpEnabled?: boolean | undefined;
}

export interface EnaSrdUdpSpecificationRequest {
  readonly EnaSrdUdpEnabled?: boolean | undefined;
}

export interface EnclaveOptions {
  readonly Enabled?: boolean | undefined;
}

export interface EnclaveOptionsRequest {
  readonly Enabled?: boolean | undefined;
}

export interface Filter {
  readonly Name?: string | undefined;
  readonly Values?: readonly string[] | undefined;
}

export interface FpgaDeviceInfo {
  readonly Name?: string | undefined;
  readonly Manufacturer?: string | undefined;
  readonly Count?: number | undefined;
  readonly MemoryInfo?: FpgaDeviceMemoryInfo | undefined;
}

export interface FpgaDeviceMemoryInfo {
  readonly SizeInMiB?: number | undefined;
}

export interface FpgaInfo {
  readonly Fpgas?: readonly FpgaDeviceInfo[] | undefined;
  readonly TotalFpgaMemoryInMiB?: number | undefined;
}

export interface GetConsoleOutputRequest {
  readonly InstanceId?: string | undefined;
  readonly Latest?: boolean | undefined;
  readonly DryRun?: boolean | undefined;
}

export interface GetConsoleOutputResult {
  readonly InstanceId?: string | undefined;
  readonly Timestamp?: Date | undefined;
  readonly Output?: string | undefined;
}

export interface GetLaunchTemplateDataRequest {
  readonly DryRun?: boolean | undefined;
  readonly InstanceId?: string | undefined;
}

export interface GetLaunchTemplateDataResult {
  readonly LaunchTemplateData?: ResponseLaunchTemplateData | undefined;
}

export interface GpuDeviceInfo {
  readonly Name?: string | undefined;
  readonly Manufacturer?: string | undefined;
  readonly Count?: number | undefined;
  readonly LogicalGpuCount?: number | undefined;
  readonly GpuPartitionSize?: number | undefined;
  readonly Workloads?: readonly string[] | undefined;
  readonly MemoryInfo?: GpuDeviceMemoryInfo | undefined;
}

export interface GpuDeviceMemoryInfo {
  readonly SizeInMiB?: number | undefined;
}

export interface GpuInfo {
  readonly Gpus?: readonly GpuDeviceInfo[] | undefined;
  readonly TotalGpuMemoryInMiB?: number | undefined;
}

export interface GroupIdentifier {
  readonly GroupId?: string | undefined;
  readonly GroupName?: string | undefined;
}

export interface HibernationOptions {
  readonly Configured?: boolean | undefined;
}

export interface HibernationOptionsRequest {
  readonly Configured?: boolean | undefined;
}

export interface IamInstanceProfile {
  readonly Arn?: string | undefined;
  readonly Id?: string | undefined;
}

export interface IamInstanceProfileSpecification {
  readonly Arn?: string | undefined;
  readonly Name?: string | undefined;
}

export interface Image {
  readonly PlatformDetails?: string | undefined;
  readonly UsageOperation?: string | undefined;
  readonly BlockDeviceMappings?: readonly BlockDeviceMapping[] | undefined;
  readonly Description?: string | undefined;
  readonly EnaSupport?: boolean | undefined;
  readonly Hypervisor?: string | undefined;
  readonly ImageOwnerAlias?: string | undefined;
  readonly Name?: string | undefined;
  readonly RootDeviceName?: string | undefined;
  readonly RootDeviceType?: string | undefined;
  readonly SriovNetSupport?: string | undefined;
  readonly StateReason?: StateReason | undefined;
  readonly Tags?: readonly Tag[] | undefined;
  readonly VirtualizationType?: string | undefined;
  readonly BootMode?: string | undefined;
  readonly TpmSupport?: string | undefined;
  readonly DeprecationTime?: string | undefined;
  readonly ImdsSupport?: string | undefined;
  readonly SourceInstanceId?: string | undefined;
  readonly DeregistrationProtection?: string | undefined;
  readonly LastLaunchedTime?: string | undefined;
  readonly ImageAllowed?: boolean | undefined;
  readonly SourceImageId?: string | undefined;
  readonly SourceImageRegion?: string | undefined;
  readonly FreeTierEligible?: boolean | undefined;
  readonly ImageId?: string | undefined;
  readonly ImageLocation?: string | undefined;
  readonly State?: string | undefined;
  readonly OwnerId?: string | undefined;
  readonly CreationDate?: string | undefined;
  readonly Public?: boolean | undefined;
  readonly ProductCodes?: readonly ProductCode[] | undefined;
  readonly Architecture?: string | undefined;
  readonly ImageType?: string | undefined;
  readonly KernelId?: string | undefined;
  readonly RamdiskId?: string | undefined;
  readonly Platform?: string | undefined;
}

export interface ImageAttribute {
  readonly Description?: AttributeValue | undefined;
  readonly KernelId?: AttributeValue | undefined;
  readonly RamdiskId?: AttributeValue | undefined;
  readonly SriovNetSupport?: AttributeValue | undefined;
  readonly BootMode?: AttributeValue | undefined;
  readonly TpmSupport?: AttributeValue | undefined;
  readonly UefiData?: AttributeValue | undefined;
  readonly LastLaunchedTime?: AttributeValue | undefined;
  readonly ImdsSupport?: AttributeValue | undefined;
  readonly DeregistrationProtection?: AttributeValue | undefined;
  readonly ImageId?: string | undefined;
  readonly LaunchPermissions?: readonly LaunchPermission[] | undefined;
  readonly ProductCodes?: readonly ProductCode[] | undefined;
  readonly BlockDeviceMappings?: readonly BlockDeviceMapping[] | undefined;
}

export interface ImportKeyPairRequest {
  readonly TagSpecifications?: readonly TagSpecification[] | undefined;
  readonly DryRun?: boolean | undefined;
  readonly KeyName?: string | undefined;
  readonly PublicKeyMaterial?: Buffer | undefined;
}

export interface ImportKeyPairResult {
  readonly KeyFingerprint?: string | undefined;
  readonly KeyName?: string | undefined;
  readonly KeyPairId?: string | undefined;
  readonly Tags?: readonly Tag[] | undefined;
}

export interface InferenceAcceleratorInfo {
  readonly Accelerators?: readonly InferenceDeviceInfo[] | undefined;
  readonly TotalInferenceMemoryInMiB?: number | undefined;
}

export interface InferenceDeviceInfo {
  readonly Count?: number | undefined;
  readonly Name?: string | undefined;
  readonly Manufacturer?: string | undefined;
  readonly MemoryInfo?: InferenceDeviceMemoryInfo | undefined;
}

export interface InferenceDeviceMemoryInfo {
  readonly SizeInMiB?: number | undefined;
}

export interface Instance {
  readonly Architecture?: string | undefined;
  readonly BlockDeviceMappings?: readonly InstanceBlockDeviceMapping[] | undefined;
  readonly ClientToken?: string | undefined;
  readonly EbsOptimized?: boolean | undefined;
  readonly EnaSupport?: boolean | undefined;
  readonly Hypervisor?: string | undefined;
  readonly IamInstanceProfile?: IamInstanceProfile | undefined;
  readonly InstanceLifecycle?: string | undefined;
  readonly ElasticGpuAssociations?: readonly ElasticGpuAssociation[] | undefined;
  readonly ElasticInferenceAcceleratorAssociations?: readonly ElasticInferenceAcceleratorAssociation[] | undefined;
  readonly NetworkInterfaces?: readonly InstanceNetworkInterface[] | undefined;
  readonly OutpostArn?: string | undefined;
  readonly RootDeviceName?: string | undefined;
  readonly RootDeviceType?: string | undefined;
  readonly SecurityGroups?: readonly GroupIdentifier[] | undefined;
  readonly SourceDestCheck?: boolean | undefined;
  readonly SpotInstanceRequestId?: string | undefined;
  readonly SriovNetSupport?: string | undefined;
  readonly StateReason?: StateReason | undefined;
  readonly Tags?: readonly Tag[] | undefined;
  readonly VirtualizationType?: string | undefined;
  readonly CpuOptions?: CpuOptions | undefined;
  readonly CapacityBlockId?: string | undefined;
  readonly CapacityReservationId?: string | undefined;
  readonly CapacityReservationSpecification?: CapacityReservationSpecificationResponse | undefined;
  readonly HibernationOptions?: HibernationOptions | undefined;
  readonly Licenses?: readonly LicenseConfiguration[] | undefined;
  readonly MetadataOptions?: InstanceMetadataOptionsResponse | undefined;
  readonly EnclaveOptions?: EnclaveOptions | undefined;
  readonly BootMode?: string | undefined;
  readonly PlatformDetails?: string | undefined;
  readonly UsageOperation?: string | undefined;
  readonly UsageOperationUpdateTime?: Date | undefined;
  readonly PrivateDnsNameOptions?: PrivateDnsNameOptionsResponse | undefined;
  readonly Ipv6Address?: string | undefined;
  readonly TpmSupport?: string | undefined;
  readonly MaintenanceOptions?: InstanceMaintenanceOptions | undefined;
  readonly CurrentInstanceBootMode?: string | undefined;
  readonly NetworkPerformanceOptions?: InstanceNetworkPerformanceOptions | undefined;
  readonly Operator?: OperatorResponse | undefined;
  readonly SecondaryInterfaces?: readonly InstanceSecondaryInterface[] | undefined;
  readonly InstanceId?: string | undefined;
  readonly ImageId?: string | undefined;
  readonly State?: InstanceState | undefined;
  readonly PrivateDnsName?: string | undefined;
  readonly PublicDnsName?: string | undefined;
  readonly StateTransitionReason?: string | undefined;
  readonly KeyName?: string | undefined;
  readonly AmiLaunchIndex?: number | undefined;
  readonly ProductCodes?: readonly ProductCode[] | undefined;
  readonly InstanceType?: string | undefined;
  readonly LaunchTime?: Date | undefined;
  readonly Placement?: Placement | undefined;
  readonly KernelId?: string | undefined;
  readonly RamdiskId?: string | undefined;
  readonly Platform?: string | undefined;
  readonly Monitoring?: Monitoring | undefined;
  readonly SubnetId?: string | undefined;
  readonly VpcId?: string | undefined;
  readonly PrivateIpAddress?: string | undefined;
  readonly PublicIpAddress?: string | undefined;
}

export interface InstanceAttachmentEnaSrdSpecification {
  readonly EnaSrdEnabled?: boolean | undefined;
  readonly EnaSrdUdpSpecification?: InstanceAttachmentEnaSrdUdpSpecification | undefined;
}

export interface InstanceAttachmentEnaSrdUdpSpecification {
  readonly EnaSrdUdpEnabled?: boolean | undefined;
}

export interface InstanceAttribute {
  readonly BlockDeviceMappings?: readonly InstanceBlockDeviceMapping[] | undefined;
  readonly DisableApiTermination?: AttributeBooleanValue | undefined;
  readonly EnaSupport?: AttributeBooleanValue | undefined;
  readonly EnclaveOptions?: EnclaveOptions | undefined;
  readonly EbsOptimized?: AttributeBooleanValue | undefined;
  readonly InstanceId?: string | undefined;
  readonly InstanceInitiatedShutdownBehavior?: AttributeValue | undefined;
  readonly InstanceType?: AttributeValue | undefined;
  readonly KernelId?: AttributeValue | undefined;
  readonly ProductCodes?: readonly ProductCode[] | undefined;
  readonly RamdiskId?: AttributeValue | undefined;
  readonly RootDeviceName?: AttributeValue | undefined;
  readonly SourceDestCheck?: AttributeBooleanValue | undefined;
  readonly SriovNetSupport?: AttributeValue | undefined;
  readonly UserData?: AttributeValue | undefined;
  readonly DisableApiStop?: AttributeBooleanValue | undefined;
  readonly Groups?: readonly GroupIdentifier[] | undefined;
}

export interface InstanceBlockDeviceMapping {
  readonly DeviceName?: string | undefined;
  readonly Ebs?: EbsInstanceBlockDevice | undefined;
}

export interface InstanceBlockDeviceMappingSpecification {
  readonly DeviceName?: string | undefined;
  readonly Ebs?: EbsInstanceBlockDeviceSpecification | undefined;
  readonly VirtualName?: string | undefined;
  readonly NoDevice?: string | undefined;
}

export interface InstanceCreditSpecification {
  readonly InstanceId?: string | undefined;
  readonly CpuCredits?: string | undefined;
}

export interface InstanceIpv4Prefix {
  readonly Ipv4Prefix?: string | undefined;
}

export interface InstanceIpv6Address {
  readonly Ipv6Address?: string | undefined;
  readonly IsPrimaryIpv6?: boolean | undefined;
}

export interface InstanceIpv6AddressRequest {
  readonly Ipv6Address?: string | undefined;
}

export interface InstanceIpv6Prefix {
  readonly Ipv6Prefix?: string | undefined;
}

export interface InstanceMaintenanceOptions {
  readonly AutoRecovery?: string | undefined;
  readonly RebootMigration?: string | undefined;
}

export interface InstanceMaintenanceOptionsRequest {
  readonly AutoRecovery?: string | undefined;
}

export interface InstanceMarketOptionsRequest {
  readonly MarketType?: string | undefined;
  readonly SpotOptions?: SpotMarketOptions | undefined;
}

export interface InstanceMetadataOptionsRequest {
  readonly HttpTokens?: string | undefined;
  readonly HttpPutResponseHopLimit?: number | undefined;
  readonly HttpEndpoint?: string | undefined;
  readonly HttpProtocolIpv6?: string | undefined;
  readonly InstanceMetadataTags?: string | undefined;
}

export interface InstanceMetadataOptionsResponse {
  readonly State?: string | undefined;
  readonly HttpTokens?: string | undefined;
  readonly HttpPutResponseHopLimit?: number | undefined;
  readonly HttpEndpoint?: string | undefined;
  readonly HttpProtocolIpv6?: string | undefined;
  readonly InstanceMetadataTags?: string | undefined;
}

export interface InstanceNetworkInterface {
  readonly Association?: InstanceNetworkInterfaceAssociation | undefined;
  readonly Attachment?: InstanceNetworkInterfaceAttachment | undefined;
  readonly Description?: string | undefined;
  readonly Groups?: readonly GroupIdentifier[] | undefined;
  readonly Ipv6Addresses?: readonly InstanceIpv6Address[] | undefined;
  readonly MacAddress?: string | undefined;
  readonly NetworkInterfaceId?: string | undefined;
  readonly OwnerId?: string | undefined;
  readonly PrivateDnsName?: string | undefined;
  readonly PrivateIpAddress?: string | undefined;
  readonly PrivateIpAddresses?: readonly InstancePrivateIpAddress[] | undefined;
  readonly SourceDestCheck?: boolean | undefined;
  readonly Status?: string | undefined;
  readonly SubnetId?: string | undefined;
  readonly VpcId?: string | undefined;
  readonly InterfaceType?: string | undefined;
  readonly Ipv4Prefixes?: readonly InstanceIpv4Prefix[] | undefined;
  readonly Ipv6Prefixes?: readonly InstanceIpv6Prefix[] | undefined;
  readonly ConnectionTrackingConfiguration?: ConnectionTrackingSpecificationResponse | undefined;
  readonly Operator?: OperatorResponse | undefined;
}

export interface InstanceNetworkInterfaceAssociation {
  readonly CarrierIp?: string | undefined;
  readonly CustomerOwnedIp?: string | undefined;
  readonly IpOwnerId?: string | undefined;
  readonly PublicDnsName?: string | undefined;
  readonly PublicIp?: string | undefined;
}

export interface InstanceNetworkInterfaceAttachment {
  readonly AttachTime?: Date | undefined;
  readonly AttachmentId?: string | undefined;
  readonly DeleteOnTermination?: boolean | undefined;
  readonly DeviceIndex?: number | undefined;
  readonly Status?: string | undefined;
  readonly NetworkCardIndex?: number | undefined;
  readonly EnaSrdSpecification?: InstanceAttachmentEnaSrdSpecification | undefined;
  readonly EnaQueueCount?: number | undefined;
}

export interface InstanceNetworkInterfaceSpecification {
  readonly AssociatePublicIpAddress?: boolean | undefined;
  readonly DeleteOnTermination?: boolean | undefined;
  readonly Description?: string | undefined;
  readonly DeviceIndex?: number | undefined;
  readonly Groups?: readonly string[] | undefined;
  readonly Ipv6AddressCount?: number | undefined;
  readonly Ipv6Addresses?: readonly InstanceIpv6Address[] | undefined;
  readonly NetworkInterfaceId?: string | undefined;
  readonly PrivateIpAddress?: string | undefined;
  readonly PrivateIpAddresses?: readonly PrivateIpAddressSpecification[] | undefined;
  readonly SecondaryPrivateIpAddressCount?: number | undefined;
  readonly SubnetId?: string | undefined;
  readonly AssociateCarrierIpAddress?: boolean | undefined;
  readonly InterfaceType?: string | undefined;
  readonly NetworkCardIndex?: number | undefined;
  readonly Ipv4Prefixes?: readonly Ipv4PrefixSpecificationRequest[] | undefined;
  readonly Ipv4PrefixCount?: number | undefined;
  readonly Ipv6Prefixes?: readonly Ipv6PrefixSpecificationRequest[] | undefined;
  readonly Ipv6PrefixCount?: number | undefined;
  readonly PrimaryIpv6?: boolean | undefined;
  readonly EnaSrdSpecification?: EnaSrdSpecificationRequest | undefined;
  readonly ConnectionTrackingSpecification?: ConnectionTrackingSpecificationRequest | undefined;
  readonly EnaQueueCount?: number | undefined;
}

export interface InstanceNetworkPerformanceOptions {
  readonly BandwidthWeighting?: string | undefined;
}

export interface InstanceNetworkPerformanceOptionsRequest {
  readonly BandwidthWeighting?: string | undefined;
}

export interface InstancePrivateIpAddress {
  readonly Association?: InstanceNetworkInterfaceAssociation | undefined;
  readonly Primary?: boolean | undefined;
  readonly PrivateDnsName?: string | undefined;
  readonly PrivateIpAddress?: string | undefined;
}

export interface InstanceRequirements {
  readonly VCpuCount?: VCpuCountRange | undefined;
  readonly MemoryMiB?: MemoryMiB | undefined;
  readonly CpuManufacturers?: readonly string[] | undefined;
  readonly MemoryGiBPerVCpu?: MemoryGiBPerVCpu | undefined;
  readonly ExcludedInstanceTypes?: readonly string[] | undefined;
  readonly InstanceGenerations?: readonly string[] | undefined;
  readonly SpotMaxPricePercentageOverLowestPrice?: number | undefined;
  readonly OnDemandMaxPricePercentageOverLowestPrice?: number | undefined;
  readonly BareMetal?: string | undefined;
  readonly BurstablePerformance?: string | undefined;
  readonly RequireHibernateSupport?: boolean | undefined;
  readonly NetworkInterfaceCount?: NetworkInterfaceCount | undefined;
  readonly LocalStorage?: string | undefined;
  readonly LocalStorageTypes?: readonly string[] | undefined;
  readonly TotalLocalStorageGB?: TotalLocalStorageGB | undefined;
  readonly BaselineEbsBandwidthMbps?: BaselineEbsBandwidthMbps | undefined;
  readonly AcceleratorTypes?: readonly string[] | undefined;
  readonly AcceleratorCount?: AcceleratorCount | undefined;
  readonly AcceleratorManufacturers?: readonly string[] | undefined;
  readonly AcceleratorNames?: readonly string[] | undefined;
  readonly AcceleratorTotalMemoryMiB?: AcceleratorTotalMemoryMiB | undefined;
  readonly NetworkBandwidthGbps?: NetworkBandwidthGbps | undefined;
  readonly AllowedInstanceTypes?: readonly string[] | undefined;
  readonly MaxSpotPriceAsPercentageOfOptimalOnDemandPrice?: number | undefined;
  readonly BaselinePerformanceFactors?: BaselinePerformanceFactors | undefined;
  readonly RequireEncryptionInTransit?: boolean | undefined;
}

export interface InstanceRequirementsRequest {
  readonly VCpuCount?: VCpuCountRangeRequest | undefined;
  readonly MemoryMiB?: MemoryMiBRequest | undefined;
  readonly CpuManufacturers?: readonly string[] | undefined;
  readonly MemoryGiBPerVCpu?: MemoryGiBPerVCpuRequest | undefined;
  readonly ExcludedInstanceTypes?: readonly string[] | undefined;
  readonly InstanceGenerations?: readonly string[] | undefined;
  readonly SpotMaxPricePercentageOverLowestPrice?: number | undefined;
  readonly OnDemandMaxPricePercentageOverLowestPrice?: number | undefined;
  readonly BareMetal?: string | undefined;
  readonly BurstablePerformance?: string | undefined;
  readonly RequireHibernateSupport?: boolean | undefined;
  readonly NetworkInterfaceCount?: NetworkInterfaceCountRequest | undefined;
  readonly LocalStorage?: string | undefined;
  readonly LocalStorageTypes?: readonly string[] | undefined;
  readonly TotalLocalStorageGB?: TotalLocalStorageGBRequest | undefined;
  readonly BaselineEbsBandwidthMbps?: BaselineEbsBandwidthMbpsRequest | undefined;
  readonly AcceleratorTypes?: readonly string[] | undefined;
  readonly AcceleratorCount?: AcceleratorCountRequest | undefined;
  readonly AcceleratorManufacturers?: readonly string[] | undefined;
  readonly AcceleratorNames?: readonly string[] | undefined;
  readonly AcceleratorTotalMemoryMiB?: AcceleratorTotalMemoryMiBRequest | undefined;
  readonly NetworkBandwidthGbps?: NetworkBandwidthGbpsRequest | undefined;
  readonly AllowedInstanceTypes?: readonly string[] | undefined;
  readonly MaxSpotPriceAsPercentageOfOptimalOnDemandPrice?: number | undefined;
  readonly BaselinePerformanceFactors?: BaselinePerformanceFactorsRequest | undefined;
  readonly RequireEncryptionInTransit?: boolean | undefined;
}

export interface InstanceSecondaryInterface {
  readonly Attachment?: InstanceSecondaryInterfaceAttachment | undefined;
  readonly MacAddress?: string | undefined;
  readonly SecondaryInterfaceId?: string | undefined;
  readonly OwnerId?: string | undefined;
  readonly PrivateIpAddresses?: readonly InstanceSecondaryInterfacePrivateIpAddress[] | undefined;
  readonly SourceDestCheck?: boolean | undefined;
  readonly Status?: string | undefined;
  readonly SecondarySubnetId?: string | undefined;
  readonly SecondaryNetworkId?: string | undefined;
  readonly InterfaceType?: string | undefined;
}

export interface InstanceSecondaryInterfaceAttachment {
  readonly AttachTime?: Date | undefined;
  readonly AttachmentId?: string | undefined;
  readonly DeleteOnTermination?: boolean | undefined;
  readonly DeviceIndex?: number | undefined;
  readonly Status?: string | undefined;
  readonly NetworkCardIndex?: number | undefined;
}

export interface InstanceSecondaryInterfacePrivateIpAddress {
  readonly PrivateIpAddress?: string | undefined;
}

export interface InstanceSecondaryInterfacePrivateIpAddressRequest {
  readonly PrivateIpAddress?: string | undefined;
}

export interface InstanceSecondaryInterfaceSpecificationRequest {
  readonly DeleteOnTermination?: boolean | undefined;
  readonly DeviceIndex?: number | undefined;
  readonly PrivateIpAddresses?: readonly InstanceSecondaryInterfacePrivateIpAddressRequest[] | undefined;
  readonly PrivateIpAddressCount?: number | undefined;
  readonly SecondarySubnetId?: string | undefined;
  readonly InterfaceType?: string | undefined;
  readonly NetworkCardIndex?: number | undefined;
}

export interface InstanceState {
  readonly Code?: number | undefined;
  readonly Name?: string | undefined;
}

export interface InstanceStateChange {
  readonly InstanceId?: string | undefined;
  readonly CurrentState?: InstanceState | undefined;
  readonly PreviousState?: InstanceState | undefined;
}

export interface InstanceStatus {
  readonly AvailabilityZone?: string | undefined;
  readonly AvailabilityZoneId?: string | undefined;
  readonly OutpostArn?: string | undefined;
  readonly Operator?: OperatorResponse | undefined;
  readonly Events?: readonly InstanceStatusEvent[] | undefined;
  readonly InstanceId?: string | undefined;
  readonly InstanceState?: InstanceState | undefined;
  readonly InstanceStatus?: InstanceStatusSummary | undefined;
  readonly SystemStatus?: InstanceStatusSummary | undefined;
  readonly AttachedEbsStatus?: EbsStatusSummary | undefined;
}

export interface InstanceStatusDetails {
  readonly ImpairedSince?: Date | undefined;
  readonly Name?: string | undefined;
  readonly Status?: string | undefined;
}

export interface InstanceStatusEvent {
  readonly InstanceEventId?: string | undefined;
  readonly Code?: string | undefined;
  readonly Description?: string | undefined;
  readonly NotAfter?: Date | undefined;
  readonly NotBefore?: Date | undefined;
  readonly NotBeforeDeadline?: Date | undefined;
}

export interface InstanceStatusSummary {
  readonly Details?: readonly InstanceStatusDetails[] | undefined;
  readonly Status?: string | undefined;
}

export interface InstanceStorageInfo {
  readonly TotalSizeInGB?: number | undefined;
  readonly Disks?: readonly DiskInfo[] | undefined;
  readonly NvmeSupport?: string | undefined;
  readonly EncryptionSupport?: string | undefined;
}

export interface InstanceTypeInfo {
  readonly InstanceType?: string | undefined;
  readonly CurrentGeneration?: boolean | undefined;
  readonly FreeTierEligible?: boolean | undefined;
  readonly SupportedUsageClasses?: readonly string[] | undefined;
  readonly SupportedRootDeviceTypes?: readonly string[] | undefined;
  readonly SupportedVirtualizationTypes?: readonly string[] | undefined;
  readonly BareMetal?: boolean | undefined;
  readonly Hypervisor?: string | undefined;
  readonly ProcessorInfo?: ProcessorInfo | undefined;
  readonly VCpuInfo?: VCpuInfo | undefined;
  readonly MemoryInfo?: MemoryInfo | undefined;
  readonly InstanceStorageSupported?: boolean | undefined;
  readonly InstanceStorageInfo?: InstanceStorageInfo | undefined;
  readonly EbsInfo?: EbsInfo | undefined;
  readonly NetworkInfo?: NetworkInfo | undefined;
  readonly GpuInfo?: GpuInfo | undefined;
  readonly FpgaInfo?: FpgaInfo | undefined;
  readonly PlacementGroupInfo?: PlacementGroupInfo | undefined;
  readonly InferenceAcceleratorInfo?: InferenceAcceleratorInfo | undefined;
  readonly HibernationSupported?: boolean | undefined;
  readonly BurstablePerformanceSupported?: boolean | undefined;
  readonly DedicatedHostsSupported?: boolean | undefined;
  readonly AutoRecoverySupported?: boolean | undefined;
  readonly SupportedBootModes?: readonly string[] | undefined;
  readonly NitroEnclavesSupport?: string | undefined;
  readonly NitroTpmSupport?: string | undefined;
  readonly NitroTpmInfo?: NitroTpmInfo | undefined;
  readonly MediaAcceleratorInfo?: MediaAcceleratorInfo | undefined;
  readonly NeuronInfo?: NeuronInfo | undefined;
  readonly PhcSupport?: string | undefined;
  readonly RebootMigrationSupport?: string | undefined;
  readonly SupportedInRegion?: boolean | undefined;
}

export interface InstanceTypeOffering {
  readonly InstanceType?: string | undefined;
  readonly LocationType?: string | undefined;
  readonly Location?: string | undefined;
}

export interface IpPermission {
  readonly IpProtocol?: string | undefined;
  readonly FromPort?: number | undefined;
  readonly ToPort?: number | undefined;
  readonly UserIdGroupPairs?: readonly UserIdGroupPair[] | undefined;
  readonly IpRanges?: readonly IpRange[] | undefined;
  readonly Ipv6Ranges?: readonly Ipv6Range[] | undefined;
  readonly PrefixListIds?: readonly PrefixListId[] | undefined;
}

export interface IpRange {
  readonly Description?: string | undefined;
  readonly CidrIp?: string | undefined;
}

export interface Ipv4PrefixSpecification {
  readonly Ipv4Prefix?: string | undefined;
}

export interface Ipv4PrefixSpecificationRequest {
  readonly Ipv4Prefix?: string | undefined;
}

export interface Ipv4PrefixSpecificationResponse {
  readonly Ipv4Prefix?: string | undefined;
}

export interface Ipv6PrefixSpecification {
  readonly Ipv6Prefix?: string | undefined;
}

export interface Ipv6PrefixSpecificationRequest {
  readonly Ipv6Prefix?: string | undefined;
}

export interface Ipv6PrefixSpecificationResponse {
  readonly Ipv6Prefix?: string | undefined;
}

export interface Ipv6Range {
  readonly Description?: string | undefined;
  readonly CidrIpv6?: string | undefined;
}

export interface KeyPair {
  readonly KeyPairId?: string | undefined;
  readonly Tags?: readonly Tag[] | undefined;
  readonly KeyName?: string | undefined;
  readonly KeyFingerprint?: string | undefined;
  readonly KeyMaterial?: string | undefined;
}

export interface KeyPairInfo {
  readonly KeyPairId?: string | undefined;
  readonly KeyType?: string | undefined;
  readonly Tags?: readonly Tag[] | undefined;
  readonly PublicKey?: string | undefined;
  readonly CreateTime?: Date | undefined;
  readonly KeyName?: string | undefined;
  readonly KeyFingerprint?: string | undefined;
}

export interface LaunchPermission {
  readonly OrganizationArn?: string | undefined;
  readonly OrganizationalUnitArn?: string | undefined;
  readonly UserId?: string | undefined;
  readonly Group?: string | undefined;
}

export interface LaunchPermissionModifications {
  readonly Add?: readonly LaunchPermission[] | undefined;
  readonly Remove?: readonly LaunchPermission[] | undefined;
}

export interface LaunchTemplate {
  readonly LaunchTemplateId?: string | undefined;
  readonly LaunchTemplateName?: string | undefined;
  readonly CreateTime?: Date | undefined;
  readonly CreatedBy?: string | undefined;
  readonly DefaultVersionNumber?: number | undefined;
  readonly LatestVersionNumber?: number | undefined;
  readonly Tags?: readonly Tag[] | undefined;
  readonly Operator?: OperatorResponse | undefined;
}

export interface LaunchTemplateBlockDeviceMapping {
  readonly DeviceName?: string | undefined;
  readonly VirtualName?: string | undefined;
  readonly Ebs?: LaunchTemplateEbsBlockDevice | undefined;
  readonly NoDevice?: string | undefined;
}

export interface LaunchTemplateBlockDeviceMappingRequest {
  readonly DeviceName?: string | undefined;
  readonly VirtualName?: string | undefined;
  readonly Ebs?: LaunchTemplateEbsBlockDeviceRequest | undefined;
  readonly NoDevice?: string | undefined;
}

export interface LaunchTemplateCapacityReservationSpecificationRequest {
  readonly CapacityReservationPreference?: string | undefined;
  readonly CapacityReservationTarget?: CapacityReservationTarget | undefined;
}

export interface LaunchTemplateCapacityReservationSpecificationResponse {
  readonly CapacityReservationPreference?: string | undefined;
  readonly CapacityReservationTarget?: CapacityReservationTargetResponse | undefined;
}

export interface LaunchTemplateCpuOptions {
  readonly CoreCount?: number | undefined;
  readonly ThreadsPerCore?: number | undefined;
  readonly AmdSevSnp?: string | undefined;
  readonly NestedVirtualization?: string | undefined;
}

export interface LaunchTemplateCpuOptionsRequest {
  readonly CoreCount?: number | undefined;
  readonly ThreadsPerCore?: number | undefined;
  readonly AmdSevSnp?: string | undefined;
  readonly NestedVirtualization?: string | undefined;
}

export interface LaunchTemplateEbsBlockDevice {
  readonly Encrypted?: boolean | undefined;
  readonly DeleteOnTermination?: boolean | undefined;
  readonly Iops?: number | undefined;
  readonly KmsKeyId?: string | undefined;
  readonly SnapshotId?: string | undefined;
  readonly VolumeSize?: number | undefined;
  readonly VolumeType?: string | undefined;
  readonly Throughput?: number | undefined;
  readonly VolumeInitializationRate?: number | undefined;
  readonly EbsCardIndex?: number | undefined;
}

export interface LaunchTemplateEbsBlockDeviceRequest {
  readonly Encrypted?: boolean | undefined;
  readonly DeleteOnTermination?: boolean | undefined;
  readonly Iops?: number | undefined;
  readonly KmsKeyId?: string | undefined;
  readonly SnapshotId?: string | undefined;
  readonly VolumeSize?: number | undefined;
  readonly VolumeType?: string | undefined;
  readonly Throughput?: number | undefined;
  readonly VolumeInitializationRate?: number | undefined;
  readonly EbsCardIndex?: number | undefined;
}

export interface LaunchTemplateElasticInferenceAccelerator {
  readonly Type?: string | undefined;
  readonly Count?: number | undefined;
}

export interface LaunchTemplateElasticInferenceAcceleratorResponse {
  readonly Type?: string | undefined;
  readonly Count?: number | undefined;
}

export interface LaunchTemplateEnaSrdSpecification {
  readonly EnaSrdEnabled?: boolean | undefined;
  readonly EnaSrdUdpSpecification?: LaunchTemplateEnaSrdUdpSpecification | undefined;
}

export interface LaunchTemplateEnaSrdUdpSpecification {
  readonly EnaSrdUdpEnabled?: boolean | undefined;
}

export interface LaunchTemplateEnclaveOptions {
  readonly Enabled?: boolean | undefined;
}

export interface LaunchTemplateEnclaveOptionsRequest {
  readonly Enabled?: boolean | undefined;
}

export interface LaunchTemplateHibernationOptions {
  readonly Configured?: boolean | undefined;
}

export interface LaunchTemplateHibernationOptionsRequest {
  readonly Configured?: boolean | undefined;
}

export interface LaunchTemplateIamInstanceProfileSpecification {
  readonly Arn?: string | undefined;
  readonly Name?: string | undefined;
}

export interface LaunchTemplateIamInstanceProfileSpecificationRequest {
  readonly Arn?: string | undefined;
  readonly Name?: string | undefined;
}

export interface LaunchTemplateInstanceMaintenanceOptions {
  readonly AutoRecovery?: string | undefined;
}

export interface LaunchTemplateInstanceMaintenanceOptionsRequest {
  readonly AutoRecovery?: string | undefined;
}

export interface LaunchTemplateInstanceMarketOptions {
  readonly MarketType?: string | undefined;
  readonly SpotOptions?: LaunchTemplateSpotMarketOptions | undefined;
}

export interface LaunchTemplateInstanceMarketOptionsRequest {
  readonly MarketType?: string | undefined;
  readonly SpotOptions?: LaunchTemplateSpotMarketOptionsRequest | undefined;
}

export interface LaunchTemplateInstanceMetadataOptions {
  readonly State?: string | undefined;
  readonly HttpTokens?: string | undefined;
  readonly HttpPutResponseHopLimit?: number | undefined;
  readonly HttpEndpoint?: string | undefined;
  readonly HttpProtocolIpv6?: string | undefined;
  readonly InstanceMetadataTags?: string | undefined;
}

export interface LaunchTemplateInstanceMetadataOptionsRequest {
  readonly HttpTokens?: string | undefined;
  readonly HttpPutResponseHopLimit?: number | undefined;
  readonly HttpEndpoint?: string | undefined;
  readonly HttpProtocolIpv6?: string | undefined;
  readonly InstanceMetadataTags?: string | undefined;
}

export interface LaunchTemplateInstanceNetworkInterfaceSpecification {
  readonly AssociateCarrierIpAddress?: boolean | undefined;
  readonly AssociatePublicIpAddress?: boolean | undefined;
  readonly DeleteOnTermination?: boolean | undefined;
  readonly Description?: string | undefined;
  readonly DeviceIndex?: number | undefined;
  readonly Groups?: readonly string[] | undefined;
  readonly InterfaceType?: string | undefined;
  readonly Ipv6AddressCount?: number | undefined;
  readonly Ipv6Addresses?: readonly InstanceIpv6Address[] | undefined;
  readonly NetworkInterfaceId?: string | undefined;
  readonly PrivateIpAddress?: string | undefined;
  readonly PrivateIpAddresses?: readonly PrivateIpAddressSpecification[] | undefined;
  readonly SecondaryPrivateIpAddressCount?: number | undefined;
  readonly SubnetId?: string | undefined;
  readonly NetworkCardIndex?: number | undefined;
  readonly Ipv4Prefixes?: readonly Ipv4PrefixSpecificationResponse[] | undefined;
  readonly Ipv4PrefixCount?: number | undefined;
  readonly Ipv6Prefixes?: readonly Ipv6PrefixSpecificationResponse[] | undefined;
  readonly Ipv6PrefixCount?: number | undefined;
  readonly PrimaryIpv6?: boolean | undefined;
  readonly EnaSrdSpecification?: LaunchTemplateEnaSrdSpecification | undefined;
  readonly ConnectionTrackingSpecification?: ConnectionTrackingSpecification | undefined;
  readonly EnaQueueCount?: number | undefined;
}

export interface LaunchTemplateInstanceNetworkInterfaceSpecificationRequest {
  readonly AssociateCarrierIpAddress?: boolean | undefined;
  readonly AssociatePublicIpAddress?: boolean | undefined;
  readonly DeleteOnTermination?: boolean | undefined;
  readonly Description?: string | undefined;
  readonly DeviceIndex?: number | undefined;
  readonly Groups?: readonly string[] | undefined;
  readonly InterfaceType?: string | undefined;
  readonly Ipv6AddressCount?: number | undefined;
  readonly Ipv6Addresses?: readonly InstanceIpv6AddressRequest[] | undefined;
  readonly NetworkInterfaceId?: string | undefined;
  readonly PrivateIpAddress?: string | undefined;
  readonly PrivateIpAddresses?: readonly PrivateIpAddressSpecification[] | undefined;
  readonly SecondaryPrivateIpAddressCount?: number | undefined;
  readonly SubnetId?: string | undefined;
  readonly NetworkCardIndex?: number | undefined;
  readonly Ipv4Prefixes?: readonly Ipv4PrefixSpecificationRequest[] | undefined;
  readonly Ipv4PrefixCount?: number | undefined;
  readonly Ipv6Prefixes?: readonly Ipv6PrefixSpecificationRequest[] | undefined;
  readonly Ipv6PrefixCount?: number | undefined;
  readonly PrimaryIpv6?: boolean | undefined;
  readonly EnaSrdSpecification?: EnaSrdSpecificationRequest | undefined;
  readonly ConnectionTrackingSpecification?: ConnectionTrackingSpecificationRequest | undefined;
  readonly EnaQueueCount?: number | undefined;
}

export interface LaunchTemplateInstanceSecondaryInterfaceSpecification {
  readonly DeleteOnTermination?: boolean | undefined;
  readonly DeviceIndex?: number | undefined;
  readonly PrivateIpAddresses?: readonly SecondaryInterfacePrivateIpAddressSpecification[] | undefined;
  readonly PrivateIpAddressCount?: number | undefined;
  readonly SecondarySubnetId?: string | undefined;
  readonly InterfaceType?: string | undefined;
  readonly NetworkCardIndex?: number | undefined;
}

export interface LaunchTemplateInstanceSecondaryInterfaceSpecificationRequest {
  readonly DeleteOnTermination?: boolean | undefined;
  readonly DeviceIndex?: number | undefined;
  readonly PrivateIpAddresses?: readonly SecondaryInterfacePrivateIpAddressSpecificationRequest[] | undefined;
  readonly PrivateIpAddressCount?: number | undefined;
  readonly SecondarySubnetId?: string | undefined;
  readonly InterfaceType?: string | undefined;
  readonly NetworkCardIndex?: number | undefined;
}

export interface LaunchTemplateLicenseConfiguration {
  readonly LicenseConfigurationArn?: string | undefined;
}

export interface LaunchTemplateLicenseConfigurationRequest {
  readonly LicenseConfigurationArn?: string | undefined;
}

export interface LaunchTemplateNetworkPerformanceOptions {
  readonly BandwidthWeighting?: string | undefined;
}

export interface LaunchTemplateNetworkPerformanceOptionsRequest {
  readonly BandwidthWeighting?: string | undefined;
}

export interface LaunchTemplatePlacement {
  readonly AvailabilityZone?: string | undefined;
  readonly AvailabilityZoneId?: string | undefined;
  readonly Affinity?: string | undefined;
  readonly GroupName?: string | undefined;
  readonly HostId?: string | undefined;
  readonly Tenancy?: string | undefined;
  readonly SpreadDomain?: string | undefined;
  readonly HostResourceGroupArn?: string | undefined;
  readonly PartitionNumber?: number | undefined;
  readonly GroupId?: string | undefined;
}

export interface LaunchTemplatePlacementRequest {
  readonly AvailabilityZone?: string | undefined;
  readonly AvailabilityZoneId?: string | undefined;
  readonly Affinity?: string | undefined;
  readonly GroupName?: string | undefined;
  readonly HostId?: string | undefined;
  readonly Tenancy?: string | undefined;
  readonly SpreadDomain?: string | undefined;
  readonly HostResourceGroupArn?: string | undefined;
  readonly PartitionNumber?: number | undefined;
  readonly GroupId?: string | undefined;
}

export interface LaunchTemplatePrivateDnsNameOptions {
  readonly HostnameType?: string | undefined;
  readonly EnableResourceNameDnsARecord?: boolean | undefined;
  readonly EnableResourceNameDnsAAAARecord?: boolean | undefined;
}

export interface LaunchTemplatePrivateDnsNameOptionsRequest {
  readonly HostnameType?: string | undefined;
  readonly EnableResourceNameDnsARecord?: boolean | undefined;
  readonly EnableResourceNameDnsAAAARecord?: boolean | undefined;
}

export interface LaunchTemplateSpecification {
  readonly LaunchTemplateId?: string | undefined;
  readonly LaunchTemplateName?: string | undefined;
  readonly Version?: string | undefined;
}

export interface LaunchTemplateSpotMarketOptions {
  readonly MaxPrice?: string | undefined;
  readonly SpotInstanceType?: string | undefined;
  readonly BlockDurationMinutes?: number | undefined;
  readonly ValidUntil?: Date | undefined;
  readonly InstanceInterruptionBehavior?: string | undefined;
}

export interface LaunchTemplateSpotMarketOptionsRequest {
  readonly MaxPrice?: string | undefined;
  readonly SpotInstanceType?: string | undefined;
  readonly BlockDurationMinutes?: number | undefined;
  readonly ValidUntil?: Date | undefined;
  readonly InstanceInterruptionBehavior?: string | undefined;
}

export interface LaunchTemplateTagSpecification {
  readonly ResourceType?: string | undefined;
  readonly Tags?: readonly Tag[] | undefined;
}

export interface LaunchTemplateTagSpecificationRequest {
  readonly ResourceType?: string | undefined;
  readonly Tags?: readonly Tag[] | undefined;
}

export interface LaunchTemplateVersion {
  readonly LaunchTemplateId?: string | undefined;
  readonly LaunchTemplateName?: string | undefined;
  readonly VersionNumber?: number | undefined;
  readonly VersionDescription?: string | undefined;
  readonly CreateTime?: Date | undefined;
  readonly CreatedBy?: string | undefined;
  readonly DefaultVersion?: boolean | undefined;
  readonly LaunchTemplateData?: ResponseLaunchTemplateData | undefined;
  readonly Operator?: OperatorResponse | undefined;
}

export interface LaunchTemplatesMonitoring {
  readonly Enabled?: boolean | undefined;
}

export interface LaunchTemplatesMonitoringRequest {
  readonly Enabled?: boolean | undefined;
}

export interface LicenseConfiguration {
  readonly LicenseConfigurationArn?: string | undefined;
}

export interface LicenseConfigurationRequest {
  readonly LicenseConfigurationArn?: string | undefined;
}

export interface MediaAcceleratorInfo {
  readonly Accelerators?: readonly MediaDeviceInfo[] | undefined;
  readonly TotalMediaMemoryInMiB?: number | undefined;
}

export interface MediaDeviceInfo {
  readonly Count?: number | undefined;
  readonly Name?: string | undefined;
  readonly Manufacturer?: string | undefined;
  readonly MemoryInfo?: MediaDeviceMemoryInfo | undefined;
}

export interface MediaDeviceMemoryInfo {
  readonly SizeInMiB?: number | undefined;
}

export interface MemoryGiBPerVCpu {
  readonly Min?: number | undefined;
  readonly Max?: number | undefined;
}

export interface MemoryGiBPerVCpuRequest {
  readonly Min?: number | undefined;
  readonly Max?: number | undefined;
}

export interface MemoryInfo {
  readonly SizeInMiB?: number | undefined;
}

export interface MemoryMiB {
  readonly Min?: number | undefined;
  readonly Max?: number | undefined;
}

export interface MemoryMiBRequest {
  readonly Min?: number | undefined;
  readonly Max?: number | undefined;
}

export interface ModifyImageAttributeRequest {
  readonly Attribute?: string | undefined;
  readonly Description?: AttributeValue | undefined;
  readonly ImageId?: string | undefined;
  readonly LaunchPermission?: LaunchPermissionModifications | undefined;
  readonly OperationType?: string | undefined;
  readonly ProductCodes?: readonly string[] | undefined;
  readonly UserGroups?: readonly string[] | undefined;
  readonly UserIds?: readonly string[] | undefined;
  readonly Value?: string | undefined;
  readonly OrganizationArns?: readonly string[] | undefined;
  readonly OrganizationalUnitArns?: readonly string[] | undefined;
  readonly ImdsSupport?: AttributeValue | undefined;
  readonly DryRun?: boolean | undefined;
}

export interface ModifyInstanceAttributeRequest {
  readonly SourceDestCheck?: AttributeBooleanValue | undefined;
  readonly DisableApiStop?: AttributeBooleanValue | undefined;
  readonly DryRun?: boolean | undefined;
  readonly InstanceId?: string | undefined;
  readonly Attribute?: string | undefined;
  readonly Value?: string | undefined;
  readonly BlockDeviceMappings?: readonly InstanceBlockDeviceMappingSpecification[] | undefined;
  readonly DisableApiTermination?: AttributeBooleanValue | undefined;
  readonly InstanceType?: AttributeValue | undefined;
  readonly Kernel?: AttributeValue | undefined;
  readonly Ramdisk?: AttributeValue | undefined;
  readonly UserData?: BlobAttributeValue | undefined;
  readonly InstanceInitiatedShutdownBehavior?: AttributeValue | undefined;
  readonly Groups?: readonly string[] | undefined;
  readonly EbsOptimized?: AttributeBooleanValue | undefined;
  readonly SriovNetSupport?: AttributeValue | undefined;
  readonly EnaSupport?: AttributeBooleanValue | undefined;
}

export interface ModifyInstanceMetadataOptionsRequest {
  readonly InstanceId?: string | undefined;
  readonly HttpTokens?: string | undefined;
  readonly HttpPutResponseHopLimit?: number | undefined;
  readonly HttpEndpoint?: string | undefined;
  readonly DryRun?: boolean | undefined;
  readonly HttpProtocolIpv6?: string | undefined;
  readonly InstanceMetadataTags?: string | undefined;
}

export interface ModifyInstanceMetadataOptionsResult {
  readonly InstanceId?: string | undefined;
  readonly InstanceMetadataOptions?: InstanceMetadataOptionsResponse | undefined;
}

export interface ModifyLaunchTemplateRequest {
  readonly DryRun?: boolean | undefined;
  readonly ClientToken?: string | undefined;
  readonly LaunchTemplateId?: string | undefined;
  readonly LaunchTemplateName?: string | undefined;
  readonly DefaultVersion?: string | undefined;
}

export interface ModifyLaunchTemplateResult {
  readonly LaunchTemplate?: LaunchTemplate | undefined;
}

export interface ModifyNetworkInterfaceAttributeRequest {
  readonly EnaSrdSpecification?: EnaSrdSpecification | undefined;
  readonly EnablePrimaryIpv6?: boolean | undefined;
  readonly ConnectionTrackingSpecification?: ConnectionTrackingSpecificationRequest | undefined;
  readonly AssociatePublicIpAddress?: boolean | undefined;
  readonly AssociatedSubnetIds?: readonly string[] | undefined;
  readonly DryRun?: boolean | undefined;
  readonly NetworkInterfaceId?: string | undefined;
  readonly Description?: AttributeValue | undefined;
  readonly SourceDestCheck?: AttributeBooleanValue | undefined;
  readonly Groups?: readonly string[] | undefined;
  readonly Attachment?: NetworkInterfaceAttachmentChanges | undefined;
}

export interface ModifySecurityGroupRulesRequest {
  readonly GroupId?: string | undefined;
  readonly SecurityGroupRules?: readonly SecurityGroupRuleUpdate[] | undefined;
  readonly DryRun?: boolean | undefined;
}

export interface ModifySecurityGroupRulesResult {
  readonly Return?: boolean | undefined;
}

export interface Monitoring {
  readonly State?: string | undefined;
}

export interface NetworkBandwidthGbps {
  readonly Min?: number | undefined;
  readonly Max?: number | undefined;
}

export interface NetworkBandwidthGbpsRequest {
  readonly Min?: number | undefined;
  readonly Max?: number | undefined;
}

export interface NetworkCardInfo {
  readonly NetworkCardIndex?: number | undefined;
  readonly NetworkPerformance?: string | undefined;
  readonly MaximumNetworkInterfaces?: number | undefined;
  readonly AdditionalFlexibleNetworkInterfaces?: number | undefined;
  readonly BaselineBandwidthInGbps?: number | undefined;
  readonly PeakBandwidthInGbps?: number | undefined;
  readonly DefaultEnaQueueCountPerInterface?: number | undefined;
  readonly MaximumEnaQueueCount?: number | undefined;
  readonly MaximumEnaQueueCountPerInterface?: number | undefined;
}

export interface NetworkInfo {
  readonly NetworkPerformance?: string | undefined;
  readonly MaximumNetworkInterfaces?: number | undefined;
  readonly MaximumNetworkCards?: number | undefined;
  readonly DefaultNetworkCardIndex?: number | undefined;
  readonly NetworkCards?: readonly NetworkCardInfo[] | undefined;
  readonly Ipv4AddressesPerInterface?: number | undefined;
  readonly Ipv6AddressesPerInterface?: number | undefined;
  readonly Ipv6Supported?: boolean | undefined;
  readonly EnaSupport?: string | undefined;
  readonly EfaSupported?: boolean | undefined;
  readonly EfaInfo?: EfaInfo | undefined;
  readonly EncryptionInTransitSupported?: boolean | undefined;
  readonly EnaSrdSupported?: boolean | undefined;
  readonly BandwidthWeightings?: readonly string[] | undefined;
  readonly FlexibleEnaQueuesSupport?: string | undefined;
  readonly ConnectionTrackingConfiguration?: DefaultConnectionTrackingConfiguration | undefined;
  readonly SecondaryNetworkSupported?: boolean | undefined;
  readonly MaximumSecondaryNetworkInterfaces?: number | undefined;
  readonly Ipv4AddressesPerSecondaryInterface?: number | undefined;
}

export interface NetworkInterface {
  readonly Association?: NetworkInterfaceAssociation | undefined;
  readonly Attachment?: NetworkInterfaceAttachment | undefined;
  readonly AvailabilityZone?: string | undefined;
  readonly ConnectionTrackingConfiguration?: ConnectionTrackingConfiguration | undefined;
  readonly Description?: string | undefined;
  readonly Groups?: readonly GroupIdentifier[] | undefined;
  readonly InterfaceType?: string | undefined;
  readonly Ipv6Addresses?: readonly NetworkInterfaceIpv6Address[] | undefined;
  readonly MacAddress?: string | undefined;
  readonly NetworkInterfaceId?: string | undefined;
  readonly OutpostArn?: string | undefined;
  readonly OwnerId?: string | undefined;
  readonly PrivateDnsName?: string | undefined;
  readonly PublicDnsName?: string | undefined;
  readonly PublicIpDnsNameOptions?: PublicIpDnsNameOptions | undefined;
  readonly PrivateIpAddress?: string | undefined;
  readonly PrivateIpAddresses?: readonly NetworkInterfacePrivateIpAddress[] | undefined;
  readonly Ipv4Prefixes?: readonly Ipv4PrefixSpecification[] | undefined;
  readonly Ipv6Prefixes?: readonly Ipv6PrefixSpecification[] | undefined;
  readonly RequesterId?: string | undefined;
  readonly RequesterManaged?: boolean | undefined;
  readonly SourceDestCheck?: boolean | undefined;
  readonly Status?: string | undefined;
  readonly SubnetId?: string | undefined;
  readonly TagSet?: readonly Tag[] | undefined;
  readonly VpcId?: string | undefined;
  readonly DenyAllIgwTraffic?: boolean | undefined;
  readonly Ipv6Native?: boolean | undefined;
  readonly Ipv6Address?: string | undefined;
  readonly Operator?: OperatorResponse | undefined;
  readonly AssociatedSubnets?: readonly string[] | undefined;
  readonly AvailabilityZoneId?: string | undefined;
}

export interface NetworkInterfaceAssociation {
  readonly AllocationId?: string | undefined;
  readonly AssociationId?: string | undefined;
  readonly IpOwnerId?: string | undefined;
  readonly PublicDnsName?: string | undefined;
  readonly PublicIp?: string | undefined;
  readonly CustomerOwnedIp?: string | undefined;
  readonly CarrierIp?: string | undefined;
}

export interface NetworkInterfaceAttachment {
  readonly AttachTime?: Date | undefined;
  readonly AttachmentId?: string | undefined;
  readonly DeleteOnTermination?: boolean | undefined;
  readonly DeviceIndex?: number | undefined;
  readonly NetworkCardIndex?: number | undefined;
  readonly InstanceId?: string | undefined;
  readonly InstanceOwnerId?: string | undefined;
  readonly Status?: string | undefined;
  readonly EnaSrdSpecification?: AttachmentEnaSrdSpecification | undefined;
  readonly EnaQueueCount?: number | undefined;
}

export interface NetworkInterfaceAttachmentChanges {
  readonly DefaultEnaQueueCount?: boolean | undefined;
  readonly EnaQueueCount?: number | undefined;
  readonly AttachmentId?: string | undefined;
  readonly DeleteOnTermination?: boolean | undefined;
}

export interface NetworkInterfaceCount {
  readonly Min?: number | undefined;
  readonly Max?: number | undefined;
}

export interface NetworkInterfaceCountRequest {
  readonly Min?: number | undefined;
  readonly Max?: number | undefined;
}

export interface NetworkInterfaceIpv6Address {
  readonly Ipv6Address?: string | undefined;
  readonly PublicIpv6DnsName?: string | undefined;
  readonly IsPrimaryIpv6?: boolean | undefined;
}

export interface NetworkInterfacePrivateIpAddress {
  readonly Association?: NetworkInterfaceAssociation | undefined;
  readonly Primary?: boolean | undefined;
  readonly PrivateDnsName?: string | undefined;
  readonly PrivateIpAddress?: string | undefined;
}

export interface NeuronDeviceCoreInfo {
  readonly Count?: number | undefined;
  readonly Version?: number | undefined;
}

export interface NeuronDeviceInfo {
  readonly Count?: number | undefined;
  readonly Name?: string | undefined;
  readonly CoreInfo?: NeuronDeviceCoreInfo | undefined;
  readonly MemoryInfo?: NeuronDeviceMemoryInfo | undefined;
}

export interface NeuronDeviceMemoryInfo {
  readonly SizeInMiB?: number | undefined;
}

export interface NeuronInfo {
  readonly NeuronDevices?: readonly NeuronDeviceInfo[] | undefined;
  readonly TotalNeuronDeviceMemoryInMiB?: number | undefined;
}

export interface NitroTpmInfo {
  readonly SupportedVersions?: readonly string[] | undefined;
}

export interface OperatorRequest {
  readonly Principal?: string | undefined;
}

export interface OperatorResponse {
  readonly Managed?: boolean | undefined;
  readonly Principal?: string | undefined;
  readonly HiddenByDefault?: boolean | undefined;
}

export interface PerformanceFactorReference {
  readonly InstanceFamily?: string | undefined;
}

export interface PerformanceFactorReferenceRequest {
  readonly InstanceFamily?: string | undefined;
}

export interface Placement {
  readonly AvailabilityZoneId?: string | undefined;
  readonly Affinity?: string | undefined;
  readonly GroupName?: string | undefined;
  readonly PartitionNumber?: number | undefined;
  readonly HostId?: string | undefined;
  readonly Tenancy?: string | undefined;
  readonly SpreadDomain?: string | undefined;
  readonly HostResourceGroupArn?: string | undefined;
  readonly GroupId?: string | undefined;
  readonly AvailabilityZone?: string | undefined;
}

export interface PlacementGroupInfo {
  readonly SupportedStrategies?: readonly string[] | undefined;
}

export interface PrefixListId {
  readonly Description?: string | undefined;
  readonly PrefixListId?: string | undefined;
}

export interface PrivateDnsNameOptionsOnLaunch {
  readonly HostnameType?: string | undefined;
  readonly EnableResourceNameDnsARecord?: boolean | undefined;
  readonly EnableResourceNameDnsAAAARecord?: boolean | undefined;
}

export interface PrivateDnsNameOptionsRequest {
  readonly HostnameType?: string | undefined;
  readonly EnableResourceNameDnsARecord?: boolean | undefined;
  readonly EnableResourceNameDnsAAAARecord?: boolean | undefined;
}

export interface PrivateDnsNameOptionsResponse {
  readonly HostnameType?: string | undefined;
  readonly EnableResourceNameDnsARecord?: boolean | undefined;
  readonly EnableResourceNameDnsAAAARecord?: boolean | undefined;
}

export interface PrivateIpAddressSpecification {
  readonly Primary?: boolean | undefined;
  readonly PrivateIpAddress?: string | undefined;
}

export interface ProcessorInfo {
  readonly SupportedArchitectures?: readonly string[] | undefined;
  readonly SustainedClockSpeedInGhz?: number | undefined;
  readonly SupportedFeatures?: readonly string[] | undefined;
  readonly Manufacturer?: string | undefined;
}

export interface ProductCode {
  readonly ProductCodeId?: string | undefined;
  readonly ProductCodeType?: string | undefined;
}

export interface PropagatingVgw {
  readonly GatewayId?: string | undefined;
}

export interface PublicIpDnsNameOptions {
  readonly DnsHostnameType?: string | undefined;
  readonly PublicIpv4DnsName?: string | undefined;
  readonly PublicIpv6DnsName?: string | undefined;
  readonly PublicDualStackDnsName?: string | undefined;
}

export interface RebootInstancesRequest {
  readonly InstanceIds?: readonly string[] | undefined;
  readonly DryRun?: boolean | undefined;
}

export interface ReferencedSecurityGroup {
  readonly GroupId?: string | undefined;
  readonly PeeringStatus?: string | undefined;
  readonly UserId?: string | undefined;
  readonly VpcId?: string | undefined;
  readonly VpcPeeringConnectionId?: string | undefined;
}

export interface Region {
  readonly OptInStatus?: string | undefined;
  readonly Geography?: readonly RegionGeography[] | undefined;
  readonly RegionName?: string | undefined;
  readonly Endpoint?: string | undefined;
}

export interface RegionGeography {
  readonly Name?: string | undefined;
}

export interface RegisterImageRequest {
  readonly ImageLocation?: string | undefined;
  readonly BillingProducts?: readonly string[] | undefined;
  readonly BootMode?: string | undefined;
  readonly TpmSupport?: string | undefined;
  readonly UefiData?: string | undefined;
  readonly ImdsSupport?: string | undefined;
  readonly TagSpecifications?: readonly TagSpecification[] | undefined;
  readonly DryRun?: boolean | undefined;
  readonly Name?: string | undefined;
  readonly Description?: string | undefined;
  readonly Architecture?: string | undefined;
  readonly KernelId?: string | undefined;
  readonly RamdiskId?: string | undefined;
  readonly RootDeviceName?: string | undefined;
  readonly BlockDeviceMappings?: readonly BlockDeviceMapping[] | undefined;
  readonly VirtualizationType?: string | undefined;
  readonly SriovNetSupport?: string | undefined;
  readonly EnaSupport?: boolean | undefined;
}

export interface RegisterImageResult {
  readonly ImageId?: string | undefined;
}

export interface RequestLaunchTemplateData {
  readonly KernelId?: string | undefined;
  readonly EbsOptimized?: boolean | undefined;
  readonly IamInstanceProfile?: LaunchTemplateIamInstanceProfileSpecificationRequest | undefined;
  readonly BlockDeviceMappings?: readonly LaunchTemplateBlockDeviceMappingRequest[] | undefined;
  readonly NetworkInterfaces?: readonly LaunchTemplateInstanceNetworkInterfaceSpecificationRequest[] | undefined;
  readonly ImageId?: string | undefined;
  readonly InstanceType?: string | undefined;
  readonly KeyName?: string | undefined;
  readonly Monitoring?: LaunchTemplatesMonitoringRequest | undefined;
  readonly Placement?: LaunchTemplatePlacementRequest | undefined;
  readonly RamDiskId?: string | undefined;
  readonly DisableApiTermination?: boolean | undefined;
  readonly InstanceInitiatedShutdownBehavior?: string | undefined;
  readonly UserData?: string | undefined;
  readonly TagSpecifications?: readonly LaunchTemplateTagSpecificationRequest[] | undefined;
  readonly ElasticGpuSpecifications?: readonly ElasticGpuSpecification[] | undefined;
  readonly ElasticInferenceAccelerators?: readonly LaunchTemplateElasticInferenceAccelerator[] | undefined;
  readonly SecurityGroupIds?: readonly string[] | undefined;
  readonly SecurityGroups?: readonly string[] | undefined;
  readonly InstanceMarketOptions?: LaunchTemplateInstanceMarketOptionsRequest | undefined;
  readonly CreditSpecification?: CreditSpecificationRequest | undefined;
  readonly CpuOptions?: LaunchTemplateCpuOptionsRequest | undefined;
  readonly CapacityReservationSpecification?: LaunchTemplateCapacityReservationSpecificationRequest | undefined;
  readonly LicenseSpecifications?: readonly LaunchTemplateLicenseConfigurationRequest[] | undefined;
  readonly HibernationOptions?: LaunchTemplateHibernationOptionsRequest | undefined;
  readonly MetadataOptions?: LaunchTemplateInstanceMetadataOptionsRequest | undefined;
  readonly EnclaveOptions?: LaunchTemplateEnclaveOptionsRequest | undefined;
  readonly InstanceRequirements?: InstanceRequirementsRequest | undefined;
  readonly PrivateDnsNameOptions?: LaunchTemplatePrivateDnsNameOptionsRequest | undefined;
  readonly MaintenanceOptions?: LaunchTemplateInstanceMaintenanceOptionsRequest | undefined;
  readonly DisableApiStop?: boolean | undefined;
  readonly Operator?: OperatorRequest | undefined;
  readonly NetworkPerformanceOptions?: LaunchTemplateNetworkPerformanceOptionsRequest | undefined;
  readonly SecondaryInterfaces?: readonly LaunchTemplateInstanceSecondaryInterfaceSpecificationRequest[] | undefined;
}

export interface Reservation {
  readonly ReservationId?: string | undefined;
  readonly OwnerId?: string | undefined;
  readonly RequesterId?: string | undefined;
  readonly Groups?: readonly GroupIdentifier[] | undefined;
  readonly Instances?: readonly Instance[] | undefined;
}

export interface ResetImageAttributeRequest {
  readonly Attribute?: string | undefined;
  readonly ImageId?: string | undefined;
  readonly DryRun?: boolean | undefined;
}

export interface ResponseError {
  readonly Code?: string | undefined;
  readonly Message?: string | undefined;
}

export interface ResponseLaunchTemplateData {
  readonly KernelId?: string | undefined;
  readonly EbsOptimized?: boolean | undefined;
  readonly IamInstanceProfile?: LaunchTemplateIamInstanceProfileSpecification | undefined;
  readonly BlockDeviceMappings?: readonly LaunchTemplateBlockDeviceMapping[] | undefined;
  readonly NetworkInterfaces?: readonly LaunchTemplateInstanceNetworkInterfaceSpecification[] | undefined;
  readonly ImageId?: string | undefined;
  readonly InstanceType?: string | undefined;
  readonly KeyName?: string | undefined;
  readonly Monitoring?: LaunchTemplatesMonitoring | undefined;
  readonly Placement?: LaunchTemplatePlacement | undefined;
  readonly RamDiskId?: string | undefined;
  readonly DisableApiTermination?: boolean | undefined;
  readonly InstanceInitiatedShutdownBehavior?: string | undefined;
  readonly UserData?: string | undefined;
  readonly TagSpecifications?: readonly LaunchTemplateTagSpecification[] | undefined;
  readonly ElasticGpuSpecifications?: readonly ElasticGpuSpecificationResponse[] | undefined;
  readonly ElasticInferenceAccelerators?: readonly LaunchTemplateElasticInferenceAcceleratorResponse[] | undefined;
  readonly SecurityGroupIds?: readonly string[] | undefined;
  readonly SecurityGroups?: readonly string[] | undefined;
  readonly InstanceMarketOptions?: LaunchTemplateInstanceMarketOptions | undefined;
  readonly CreditSpecification?: CreditSpecification | undefined;
  readonly CpuOptions?: LaunchTemplateCpuOptions | undefined;
  readonly CapacityReservationSpecification?: LaunchTemplateCapacityReservationSpecificationResponse | undefined;
  readonly LicenseSpecifications?: readonly LaunchTemplateLicenseConfiguration[] | undefined;
  readonly HibernationOptions?: LaunchTemplateHibernationOptions | undefined;
  readonly MetadataOptions?: LaunchTemplateInstanceMetadataOptions | undefined;
  readonly EnclaveOptions?: LaunchTemplateEnclaveOptions | undefined;
  readonly InstanceRequirements?: InstanceRequirements | undefined;
  readonly PrivateDnsNameOptions?: LaunchTemplatePrivateDnsNameOptions | undefined;
  readonly MaintenanceOptions?: LaunchTemplateInstanceMaintenanceOptions | undefined;
  readonly DisableApiStop?: boolean | undefined;
  readonly Operator?: OperatorResponse | undefined;
  readonly NetworkPerformanceOptions?: LaunchTemplateNetworkPerformanceOptions | undefined;
  readonly SecondaryInterfaces?: readonly LaunchTemplateInstanceSecondaryInterfaceSpecification[] | undefined;
}

export interface RevokeSecurityGroupEgressRequest {
  readonly SecurityGroupRuleIds?: readonly string[] | undefined;
  readonly DryRun?: boolean | undefined;
  readonly GroupId?: string | undefined;
  readonly SourceSecurityGroupName?: string | undefined;
  readonly SourceSecurityGroupOwnerId?: string | undefined;
  readonly IpProtocol?: string | undefined;
  readonly FromPort?: number | undefined;
  readonly ToPort?: number | undefined;
  readonly CidrIp?: string | undefined;
  readonly IpPermissions?: readonly IpPermission[] | undefined;
}

export interface RevokeSecurityGroupEgressResult {
  readonly Return?: boolean | undefined;
  readonly UnknownIpPermissions?: readonly IpPermission[] | undefined;
  readonly RevokedSecurityGroupRules?: readonly RevokedSecurityGroupRule[] | undefined;
}

export interface RevokeSecurityGroupIngressRequest {
  readonly CidrIp?: string | undefined;
  readonly FromPort?: number | undefined;
  readonly GroupId?: string | undefined;
  readonly GroupName?: string | undefined;
  readonly IpPermissions?: readonly IpPermission[] | undefined;
  readonly IpProtocol?: string | undefined;
  readonly SourceSecurityGroupName?: string | undefined;
  readonly SourceSecurityGroupOwnerId?: string | undefined;
  readonly ToPort?: number | undefined;
  readonly SecurityGroupRuleIds?: readonly string[] | undefined;
  readonly DryRun?: boolean | undefined;
}

export interface RevokeSecurityGroupIngressResult {
  readonly Return?: boolean | undefined;
  readonly UnknownIpPermissions?: readonly IpPermission[] | undefined;
  readonly RevokedSecurityGroupRules?: readonly RevokedSecurityGroupRule[] | undefined;
}

export interface RevokedSecurityGroupRule {
  readonly SecurityGroupRuleId?: string | undefined;
  readonly GroupId?: string | undefined;
  readonly IsEgress?: boolean | undefined;
  readonly IpProtocol?: string | undefined;
  readonly FromPort?: number | undefined;
  readonly ToPort?: number | undefined;
  readonly CidrIpv4?: string | undefined;
  readonly CidrIpv6?: string | undefined;
  readonly PrefixListId?: string | undefined;
  readonly ReferencedGroupId?: string | undefined;
  readonly Description?: string | undefined;
}

export interface Route {
  readonly DestinationCidrBlock?: string | undefined;
  readonly DestinationIpv6CidrBlock?: string | undefined;
  readonly DestinationPrefixListId?: string | undefined;
  readonly EgressOnlyInternetGatewayId?: string | undefined;
  readonly GatewayId?: string | undefined;
  readonly InstanceId?: string | undefined;
  readonly InstanceOwnerId?: string | undefined;
  readonly NatGatewayId?: string | undefined;
  readonly TransitGatewayId?: string | undefined;
  readonly LocalGatewayId?: string | undefined;
  readonly CarrierGatewayId?: string | undefined;
  readonly NetworkInterfaceId?: string | undefined;
  readonly Origin?: string | undefined;
  readonly State?: string | undefined;
  readonly VpcPeeringConnectionId?: string | undefined;
  readonly CoreNetworkArn?: string | undefined;
  readonly OdbNetworkArn?: string | undefined;
  readonly IpAddress?: string | undefined;
}

export interface RouteTable {
  readonly Associations?: readonly RouteTableAssociation[] | undefined;
  readonly PropagatingVgws?: readonly PropagatingVgw[] | undefined;
  readonly RouteTableId?: string | undefined;
  readonly Routes?: readonly Route[] | undefined;
  readonly Tags?: readonly Tag[] | undefined;
  readonly VpcId?: string | undefined;
  readonly OwnerId?: string | undefined;
}

export interface RouteTableAssociation {
  readonly Main?: boolean | undefined;
  readonly RouteTableAssociationId?: string | undefined;
  readonly RouteTableId?: string | undefined;
  readonly SubnetId?: string | undefined;
  readonly GatewayId?: string | undefined;
  readonly PublicIpv4Pool?: string | undefined;
  readonly AssociationState?: RouteTableAssociationState | undefined;
}

export interface RouteTableAssociationState {
  readonly State?: string | undefined;
  readonly StatusMessage?: string | undefined;
}

export interface RunInstancesMonitoringEnabled {
  readonly Enabled?: boolean | undefined;
}

export interface RunInstancesRequest {
  readonly BlockDeviceMappings?: readonly BlockDeviceMapping[] | undefined;
  readonly ImageId?: string | undefined;
  readonly InstanceType?: string | undefined;
  readonly Ipv6AddressCount?: number | undefined;
  readonly Ipv6Addresses?: readonly InstanceIpv6Address[] | undefined;
  readonly KernelId?: string | undefined;
  readonly KeyName?: string | undefined;
  readonly MaxCount?: number | undefined;
  readonly MinCount?: number | undefined;
  readonly Monitoring?: RunInstancesMonitoringEnabled | undefined;
  readonly Placement?: Placement | undefined;
  readonly RamdiskId?: string | undefined;
  readonly SecurityGroupIds?: readonly string[] | undefined;
  readonly SecurityGroups?: readonly string[] | undefined;
  readonly SubnetId?: string | undefined;
  readonly UserData?: string | undefined;
  readonly ElasticGpuSpecification?: readonly ElasticGpuSpecification[] | undefined;
  readonly ElasticInferenceAccelerators?: readonly ElasticInferenceAccelerator[] | undefined;
  readonly TagSpecifications?: readonly TagSpecification[] | undefined;
  readonly LaunchTemplate?: LaunchTemplateSpecification | undefined;
  readonly InstanceMarketOptions?: InstanceMarketOptionsRequest | undefined;
  readonly CreditSpecification?: CreditSpecificationRequest | undefined;
  readonly CpuOptions?: CpuOptionsRequest | undefined;
  readonly CapacityReservationSpecification?: CapacityReservationSpecification | undefined;
  readonly HibernationOptions?: HibernationOptionsRequest | undefined;
  readonly LicenseSpecifications?: readonly LicenseConfigurationRequest[] | undefined;
  readonly MetadataOptions?: InstanceMetadataOptionsRequest | undefined;
  readonly EnclaveOptions?: EnclaveOptionsRequest | undefined;
  readonly PrivateDnsNameOptions?: PrivateDnsNameOptionsRequest | undefined;
  readonly MaintenanceOptions?: InstanceMaintenanceOptionsRequest | undefined;
  readonly DisableApiStop?: boolean | undefined;
  readonly EnablePrimaryIpv6?: boolean | undefined;
  readonly NetworkPerformanceOptions?: InstanceNetworkPerformanceOptionsRequest | undefined;
  readonly Operator?: OperatorRequest | undefined;
  readonly SecondaryInterfaces?: readonly InstanceSecondaryInterfaceSpecificationRequest[] | undefined;
  readonly DryRun?: boolean | undefined;
  readonly DisableApiTermination?: boolean | undefined;
  readonly InstanceInitiatedShutdownBehavior?: string | undefined;
  readonly PrivateIpAddress?: string | undefined;
  readonly ClientToken?: string | undefined;
  readonly AdditionalInfo?: string | undefined;
  readonly NetworkInterfaces?: readonly InstanceNetworkInterfaceSpecification[] | undefined;
  readonly IamInstanceProfile?: IamInstanceProfileSpecification | undefined;
  readonly EbsOptimized?: boolean | undefined;
}

export interface SecondaryInterfacePrivateIpAddressSpecification {
  readonly PrivateIpAddress?: string | undefined;
}

export interface SecondaryInterfacePrivateIpAddressSpecificationRequest {
  readonly PrivateIpAddress?: string | undefined;
}

export interface SecurityGroup {
  readonly GroupId?: string | undefined;
  readonly IpPermissionsEgress?: readonly IpPermission[] | undefined;
  readonly Tags?: readonly Tag[] | undefined;
  readonly VpcId?: string | undefined;
  readonly SecurityGroupArn?: string | undefined;
  readonly OwnerId?: string | undefined;
  readonly GroupName?: string | undefined;
  readonly Description?: string | undefined;
  readonly IpPermissions?: readonly IpPermission[] | undefined;
}

export interface SecurityGroupRule {
  readonly SecurityGroupRuleId?: string | undefined;
  readonly GroupId?: string | undefined;
  readonly GroupOwnerId?: string | undefined;
  readonly IsEgress?: boolean | undefined;
  readonly IpProtocol?: string | undefined;
  readonly FromPort?: number | undefined;
  readonly ToPort?: number | undefined;
  readonly CidrIpv4?: string | undefined;
  readonly CidrIpv6?: string | undefined;
  readonly PrefixListId?: string | undefined;
  readonly ReferencedGroupInfo?: ReferencedSecurityGroup | undefined;
  readonly Description?: string | undefined;
  readonly Tags?: readonly Tag[] | undefined;
  readonly SecurityGroupRuleArn?: string | undefined;
}

export interface SecurityGroupRuleDescription {
  readonly SecurityGroupRuleId?: string | undefined;
  readonly Description?: string | undefined;
}

export interface SecurityGroupRuleRequest {
  readonly IpProtocol?: string | undefined;
  readonly FromPort?: number | undefined;
  readonly ToPort?: number | undefined;
  readonly CidrIpv4?: string | undefined;
  readonly CidrIpv6?: string | undefined;
  readonly PrefixListId?: string | undefined;
  readonly ReferencedGroupId?: string | undefined;
  readonly Description?: string | undefined;
}

export interface SecurityGroupRuleUpdate {
  readonly SecurityGroupRuleId?: string | undefined;
  readonly SecurityGroupRule?: SecurityGroupRuleRequest | undefined;
}

export interface SpotMarketOptions {
  readonly MaxPrice?: string | undefined;
  readonly SpotInstanceType?: string | undefined;
  readonly BlockDurationMinutes?: number | undefined;
  readonly ValidUntil?: Date | undefined;
  readonly InstanceInterruptionBehavior?: string | undefined;
}

export interface StartInstancesRequest {
  readonly InstanceIds?: readonly string[] | undefined;
  readonly AdditionalInfo?: string | undefined;
  readonly DryRun?: boolean | undefined;
}

export interface StartInstancesResult {
  readonly StartingInstances?: readonly InstanceStateChange[] | undefined;
}

export interface StateReason {
  readonly Code?: string | undefined;
  readonly Message?: string | undefined;
}

export interface StopInstancesRequest {
  readonly InstanceIds?: readonly string[] | undefined;
  readonly Hibernate?: boolean | undefined;
  readonly SkipOsShutdown?: boolean | undefined;
  readonly DryRun?: boolean | undefined;
  readonly Force?: boolean | undefined;
}

export interface StopInstancesResult {
  readonly StoppingInstances?: readonly InstanceStateChange[] | undefined;
}

export interface Subnet {
  readonly AvailabilityZoneId?: string | undefined;
  readonly EnableLniAtDeviceIndex?: number | undefined;
  readonly MapCustomerOwnedIpOnLaunch?: boolean | undefined;
  readonly CustomerOwnedIpv4Pool?: string | undefined;
  readonly OwnerId?: string | undefined;
  readonly AssignIpv6AddressOnCreation?: boolean | undefined;
  readonly Ipv6CidrBlockAssociationSet?: readonly SubnetIpv6CidrBlockAssociation[] | undefined;
  readonly Tags?: readonly Tag[] | undefined;
  readonly SubnetArn?: string | undefined;
  readonly OutpostArn?: string | undefined;
  readonly EnableDns64?: boolean | undefined;
  readonly Ipv6Native?: boolean | undefined;
  readonly PrivateDnsNameOptionsOnLaunch?: PrivateDnsNameOptionsOnLaunch | undefined;
  readonly BlockPublicAccessStates?: BlockPublicAccessStates | undefined;
  readonly Type?: string | undefined;
  readonly SubnetId?: string | undefined;
  readonly State?: string | undefined;
  readonly VpcId?: string | undefined;
  readonly CidrBlock?: string | undefined;
  readonly AvailableIpAddressCount?: number | undefined;
  readonly AvailabilityZone?: string | undefined;
  readonly DefaultForAz?: boolean | undefined;
  readonly MapPublicIpOnLaunch?: boolean | undefined;
}

export interface SubnetCidrBlockState {
  readonly State?: string | undefined;
  readonly StatusMessage?: string | undefined;
}

export interface SubnetIpv6CidrBlockAssociation {
  readonly AssociationId?: string | undefined;
  readonly Ipv6CidrBlock?: string | undefined;
  readonly Ipv6CidrBlockState?: SubnetCidrBlockState | undefined;
  readonly Ipv6AddressAttribute?: string | undefined;
  readonly IpSource?: string | undefined;
}

export interface Tag {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

export interface TagDescription {
  readonly Key?: string | undefined;
  readonly ResourceId?: string | undefined;
  readonly ResourceType?: string | undefined;
  readonly Value?: string | undefined;
}

export interface TagSpecification {
  readonly ResourceType?: string | undefined;
  readonly Tags?: readonly Tag[] | undefined;
}

export interface TerminateInstancesRequest {
  readonly InstanceIds?: readonly string[] | undefined;
  readonly Force?: boolean | undefined;
  readonly SkipOsShutdown?: boolean | undefined;
  readonly DryRun?: boolean | undefined;
}

export interface TerminateInstancesResult {
  readonly TerminatingInstances?: readonly InstanceStateChange[] | undefined;
}

export interface TotalLocalStorageGB {
  readonly Min?: number | undefined;
  readonly Max?: number | undefined;
}

export interface TotalLocalStorageGBRequest {
  readonly Min?: number | undefined;
  readonly Max?: number | undefined;
}

export interface UpdateSecurityGroupRuleDescriptionsEgressRequest {
  readonly DryRun?: boolean | undefined;
  readonly GroupId?: string | undefined;
  readonly GroupName?: string | undefined;
  readonly IpPermissions?: readonly IpPermission[] | undefined;
  readonly SecurityGroupRuleDescriptions?: readonly SecurityGroupRuleDescription[] | undefined;
}

export interface UpdateSecurityGroupRuleDescriptionsEgressResult {
  readonly Return?: boolean | undefined;
}

export interface UpdateSecurityGroupRuleDescriptionsIngressRequest {
  readonly DryRun?: boolean | undefined;
  readonly GroupId?: string | undefined;
  readonly GroupName?: string | undefined;
  readonly IpPermissions?: readonly IpPermission[] | undefined;
  readonly SecurityGroupRuleDescriptions?: readonly SecurityGroupRuleDescription[] | undefined;
}

export interface UpdateSecurityGroupRuleDescriptionsIngressResult {
  readonly Return?: boolean | undefined;
}

export interface UserIdGroupPair {
  readonly Description?: string | undefined;
  readonly UserId?: string | undefined;
  readonly GroupName?: string | undefined;
  readonly GroupId?: string | undefined;
  readonly VpcId?: string | undefined;
  readonly VpcPeeringConnectionId?: string | undefined;
  readonly PeeringStatus?: string | undefined;
}

export interface VCpuCountRange {
  readonly Min?: number | undefined;
  readonly Max?: number | undefined;
}

export interface VCpuCountRangeRequest {
  readonly Min?: number | undefined;
  readonly Max?: number | undefined;
}

export interface VCpuInfo {
  readonly DefaultVCpus?: number | undefined;
  readonly DefaultCores?: number | undefined;
  readonly DefaultThreadsPerCore?: number | undefined;
  readonly ValidCores?: readonly number[] | undefined;
  readonly ValidThreadsPerCore?: readonly number[] | undefined;
}

export interface ValidationError {
  readonly Code?: string | undefined;
  readonly Message?: string | undefined;
}

export interface ValidationWarning {
  readonly Errors?: readonly ValidationError[] | undefined;
}

export interface Volume {
  readonly AvailabilityZoneId?: string | undefined;
  readonly OutpostArn?: string | undefined;
  readonly SourceVolumeId?: string | undefined;
  readonly Iops?: number | undefined;
  readonly Tags?: readonly Tag[] | undefined;
  readonly VolumeType?: string | undefined;
  readonly FastRestored?: boolean | undefined;
  readonly MultiAttachEnabled?: boolean | undefined;
  readonly Throughput?: number | undefined;
  readonly SseType?: string | undefined;
  readonly Operator?: OperatorResponse | undefined;
  readonly VolumeInitializationRate?: number | undefined;
  readonly VolumeId?: string | undefined;
  readonly Size?: number | undefined;
  readonly SnapshotId?: string | undefined;
  readonly AvailabilityZone?: string | undefined;
  readonly State?: string | undefined;
  readonly CreateTime?: Date | undefined;
  readonly Attachments?: readonly VolumeAttachment[] | undefined;
  readonly Encrypted?: boolean | undefined;
  readonly KmsKeyId?: string | undefined;
}

export interface VolumeAttachment {
  readonly DeleteOnTermination?: boolean | undefined;
  readonly AssociatedResource?: string | undefined;
  readonly InstanceOwningService?: string | undefined;
  readonly EbsCardIndex?: number | undefined;
  readonly VolumeId?: string | undefined;
  readonly InstanceId?: string | undefined;
  readonly Device?: string | undefined;
  readonly State?: string | undefined;
  readonly AttachTime?: Date | undefined;
}

export interface Vpc {
  readonly OwnerId?: string | undefined;
  readonly InstanceTenancy?: string | undefined;
  readonly Ipv6CidrBlockAssociationSet?: readonly VpcIpv6CidrBlockAssociation[] | undefined;
  readonly CidrBlockAssociationSet?: readonly VpcCidrBlockAssociation[] | undefined;
  readonly IsDefault?: boolean | undefined;
  readonly EncryptionControl?: VpcEncryptionControl | undefined;
  readonly Tags?: readonly Tag[] | undefined;
  readonly BlockPublicAccessStates?: BlockPublicAccessStates | undefined;
  readonly VpcId?: string | undefined;
  readonly State?: string | undefined;
  readonly CidrBlock?: string | undefined;
  readonly DhcpOptionsId?: string | undefined;
}

export interface VpcCidrBlockAssociation {
  readonly AssociationId?: string | undefined;
  readonly CidrBlock?: string | undefined;
  readonly CidrBlockState?: VpcCidrBlockState | undefined;
}

export interface VpcCidrBlockState {
  readonly State?: string | undefined;
  readonly StatusMessage?: string | undefined;
}

export interface VpcEncryptionControl {
  readonly VpcId?: string | undefined;
  readonly VpcEncryptionControlId?: string | undefined;
  readonly Mode?: string | undefined;
  readonly State?: string | undefined;
  readonly StateMessage?: string | undefined;
  readonly ResourceExclusions?: VpcEncryptionControlExclusions | undefined;
  readonly Tags?: readonly Tag[] | undefined;
}

export interface VpcEncryptionControlExclusion {
  readonly State?: string | undefined;
  readonly StateMessage?: string | undefined;
}

export interface VpcEncryptionControlExclusions {
  readonly InternetGateway?: VpcEncryptionControlExclusion | undefined;
  readonly EgressOnlyInternetGateway?: VpcEncryptionControlExclusion | undefined;
  readonly NatGateway?: VpcEncryptionControlExclusion | undefined;
  readonly VirtualPrivateGateway?: VpcEncryptionControlExclusion | undefined;
  readonly VpcPeering?: VpcEncryptionControlExclusion | undefined;
  readonly Lambda?: VpcEncryptionControlExclusion | undefined;
  readonly VpcLattice?: VpcEncryptionControlExclusion | undefined;
  readonly ElasticFileSystem?: VpcEncryptionControlExclusion | undefined;
}

export interface VpcIpv6CidrBlockAssociation {
  readonly AssociationId?: string | undefined;
  readonly Ipv6CidrBlock?: string | undefined;
  readonly Ipv6CidrBlockState?: VpcCidrBlockState | undefined;
  readonly NetworkBorderGroup?: string | undefined;
  readonly Ipv6Pool?: string | undefined;
  readonly Ipv6AddressAttribute?: string | undefined;
  readonly IpSource?: string | undefined;
}
